//! Comparisons by chance, against what Node.js makes of them.

use super::sort_by;

/// A number by chance, the same for the same three.
fn mix(a: u32, b: u32, seed: u32) -> u32 {
    let spread = |number: u32, factor: u32| number.wrapping_add(1).wrapping_mul(factor);
    let mut x = spread(a, 0x9E37_79B1) ^ spread(b, 0x85EB_CA77) ^ spread(seed, 0xC2B2_AE3D);
    x = (x ^ (x >> 15)).wrapping_mul(0x2C1B_3C6D);
    x = (x ^ (x >> 12)).wrapping_mul(0x297A_2D39);
    x ^ (x >> 15)
}

/// Comparisons that contradict themselves, as numbers of JavaScript.
fn compare(kind: &str, seed: u32, a: u32, b: u32) -> i64 {
    let chance = i64::from(mix(a, b, seed) % 3) - 1;
    match kind {
        "chance" => chance,
        "greater" => i64::from(mix(a, 0, seed) % 50 > mix(b, 0, seed) % 50),
        "never" => {
            if mix(a, 0, seed) % 20 < mix(b, 0, seed) % 20 {
                1
            } else {
                -1
            }
        }
        "minus" => -1,
        "nearly" => i64::from(a / 16) - i64::from(b / 16) - i64::from(mix(a, b, seed).is_multiple_of(10)),
        _ => {
            let key = |value: u32| i64::from((mix(value / 20, 1, seed) % 7) * 1000 + value % 20);
            match key(a) - key(b) {
                0 => chance,
                difference => difference,
            }
        }
    }
}

/// Rows: comparison, number of elements, a hash of the order in which Node.js puts `0..count`.
#[test]
fn contradicting_comparisons_sort_as_in_v8() {
    let rows = [
        ("chance", 2, 63),
        ("chance", 3, 1_056),
        ("chance", 5, 3_785_415),
        ("chance", 17, 1_292_566_229),
        ("chance", 31, 1_408_737_634),
        ("chance", 32, 3_301_633_076),
        ("chance", 33, 148_191_881),
        ("chance", 63, 2_881_511_098),
        ("chance", 64, 1_489_976_660),
        ("chance", 65, 4_191_641_305),
        ("chance", 100, 3_471_766_720),
        ("chance", 127, 1_013_397_122),
        ("chance", 200, 3_963_970_058),
        ("chance", 333, 2_551_768_595),
        ("chance", 1_000, 3_847_436_412),
        ("chance", 5_000, 3_645_469_256),
        ("greater", 2, 33),
        ("greater", 3, 1_026),
        ("greater", 5, 986_115),
        ("greater", 17, 3_563_884_553),
        ("greater", 31, 131_194_896),
        ("greater", 32, 4_067_041_808),
        ("greater", 33, 1_524_244_497),
        ("greater", 63, 2_158_477_344),
        ("greater", 64, 2_488_288_288),
        ("greater", 65, 4_122_492_961),
        ("greater", 100, 1_826_710_130),
        ("greater", 127, 2_237_628_480),
        ("greater", 200, 1_476_506_852),
        ("greater", 333, 282_432_679),
        ("greater", 1_000, 262_015_092),
        ("greater", 5_000, 800_041_540),
        ("never", 2, 63),
        ("never", 3, 1_956),
        ("never", 5, 2_834_145),
        ("never", 17, 4_174_081_519),
        ("never", 31, 3_610_518_320),
        ("never", 32, 3_837_098_688),
        ("never", 33, 759_226_071),
        ("never", 63, 3_901_242_242),
        ("never", 64, 3_907_058_262),
        ("never", 65, 3_620_677_675),
        ("never", 100, 3_822_217_520),
        ("never", 127, 932_051_938),
        ("never", 200, 1_641_821_222),
        ("never", 333, 3_615_490_079),
        ("never", 1_000, 2_989_192_262),
        ("never", 5_000, 1_138_706_646),
        ("minus", 2, 63),
        ("minus", 3, 2_946),
        ("minus", 5, 4_739_715),
        ("minus", 17, 1_850_826_249),
        ("minus", 31, 1_160_668_176),
        ("minus", 32, 1_261_854_704),
        ("minus", 33, 2_214_960_145),
        ("minus", 63, 3_510_126_624),
        ("minus", 64, 1_769_553_888),
        ("minus", 65, 655_800_353),
        ("minus", 100, 625_814_734),
        ("minus", 127, 3_386_806_336),
        ("minus", 200, 736_029_596),
        ("minus", 333, 951_335_463),
        ("minus", 1_000, 3_753_732_620),
        ("minus", 5_000, 546_923_068),
        ("nearly", 2, 63),
        ("nearly", 3, 1_026),
        ("nearly", 5, 986_115),
        ("nearly", 17, 2_233_200_253),
        ("nearly", 31, 1_145_112_578),
        ("nearly", 32, 4_067_041_808),
        ("nearly", 33, 1_524_244_497),
        ("nearly", 63, 449_005_472),
        ("nearly", 64, 1_956_212_948),
        ("nearly", 65, 2_801_233_159),
        ("nearly", 100, 4_264_648_840),
        ("nearly", 127, 932_844_610),
        ("nearly", 200, 4_185_756_258),
        ("nearly", 333, 1_027_608_213),
        ("nearly", 1_000, 1_184_245_308),
        ("nearly", 5_000, 1_398_341_498),
        ("runs", 2, 33),
        ("runs", 3, 1_026),
        ("runs", 5, 986_115),
        ("runs", 17, 3_563_884_553),
        ("runs", 31, 131_194_896),
        ("runs", 32, 95_166_992),
        ("runs", 33, 1_524_244_497),
        ("runs", 63, 934_216_144),
        ("runs", 64, 3_101_999_068),
        ("runs", 65, 4_045_324_321),
        ("runs", 100, 4_180_608_518),
        ("runs", 127, 2_203_426_812),
        ("runs", 200, 1_749_310_684),
        ("runs", 333, 1_480_803_923),
        ("runs", 1_000, 2_248_340_536),
        ("runs", 5_000, 2_021_758_788),
    ];
    for (kind, count, expected) in rows {
        let mut elements: Vec<u32> = (0..count).collect();
        let seed = count * 7 + 1;
        let sorted = sort_by(&mut elements, |a, b| Ok::<_, ()>(compare(kind, seed, *a, *b) < 0));
        assert_eq!(sorted, Ok(()));
        let hash = |hash: u32, element: &u32| hash.wrapping_mul(31).wrapping_add(element + 1);
        assert_eq!(elements.iter().fold(0, hash), expected, "{kind} {count}");
    }
}

#[test]
fn a_failed_comparison_changes_nothing() {
    let mut elements = [3, 1, 2];
    assert_eq!(
        sort_by(&mut elements, |_, b| if *b == 1 { Err("no") } else { Ok(true) }),
        Err("no")
    );
    assert_eq!(elements, [3, 1, 2]);
}
