//! The algorithm of `Array.prototype.sort`: Timsort, as Tim Peters' `listsort.txt` describes it and V8 has it.
//!
//! A comparison that contradicts itself (`(a, b) => a > b`) sorts to whatever the algorithm makes of it, and workflows
//! rely on that. So elements are compared in the very order in which V8 compares them; the tests hold what Node.js
//! makes of comparisons by chance.

/// How many elements one run must win in a row before whole stretches of it are looked for.
const GALLOP: usize = 7;

/// Sorts `elements` by what `less` says of two of them; equal ones keep their order.
///
/// # Errors
///
/// The first error of `less`; `elements` are then as they were.
pub fn sort_by<T: Clone, E>(elements: &mut [T], mut less: impl FnMut(&T, &T) -> Result<bool, E>) -> Result<(), E> {
    let mut sort = Sort {
        order: (0..elements.len()).collect(),
        less: |one: usize, other: usize| less(&elements[one], &elements[other]),
        runs: Vec::new(),
        patience: GALLOP,
    };
    sort.sort()?;
    let sorted: Vec<T> = sort.order.iter().map(|place| elements[*place].clone()).collect();
    elements.clone_from_slice(&sorted);
    Ok(())
}

struct Sort<L> {
    /// The elements by their places at the start.
    order: Vec<usize>,
    less: L,
    /// Sorted stretches that are still to be merged: where each begins, and how long it is.
    runs: Vec<(usize, usize)>,
    /// How many wins in a row begin a gallop; it adapts to the elements.
    patience: usize,
}

impl<E, L: FnMut(usize, usize) -> Result<bool, E>> Sort<L> {
    fn sort(&mut self) -> Result<(), E> {
        let all = self.order.len();
        let shortest = shortest_run(all);
        let mut start = 0;
        while start < all {
            let mut length = self.count_run(start)?;
            if length < shortest {
                let sorted = start + length;
                length = shortest.min(all - start);
                self.insert(start, sorted, start + length)?;
            }
            self.runs.push((start, length));
            self.collapse()?;
            start += length;
        }
        while self.runs.len() > 1 {
            let place = self.runs.len() - 2;
            self.merge(self.shorter_neighbour(place))?;
        }
        Ok(())
    }

    /// How long the run at `start` is; one that descends is turned round.
    fn count_run(&mut self, start: usize) -> Result<usize, E> {
        let order = &mut self.order[start..];
        if order.len() < 2 {
            return Ok(order.len());
        }
        let descends = (self.less)(order[1], order[0])?;
        let mut length = 2;
        while length < order.len() && (self.less)(order[length], order[length - 1])? == descends {
            length += 1;
        }
        if descends {
            order[..length].reverse();
        }
        Ok(length)
    }

    /// Puts each element from `sorted` to `end` in its place among those from `start`, by halving.
    fn insert(&mut self, start: usize, sorted: usize, end: usize) -> Result<(), E> {
        for next in sorted..end {
            let (mut low, mut high) = (start, next);
            while low < high {
                let middle = low + (high - low) / 2;
                if (self.less)(self.order[next], self.order[middle])? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            self.order[low..=next].rotate_right(1);
        }
        Ok(())
    }

    /// Merges until each run is longer than the next, and than the next two together.
    fn collapse(&mut self) -> Result<(), E> {
        while self.runs.len() > 1 {
            let place = self.runs.len() - 2;
            let length = |place: usize| self.runs[place].1;
            let too_short = (place > 0 && length(place - 1) <= length(place) + length(place + 1))
                || (place > 1 && length(place - 2) <= length(place - 1) + length(place));
            if too_short {
                self.merge(self.shorter_neighbour(place))?;
            } else if length(place) <= length(place + 1) {
                self.merge(place)?;
            } else {
                break;
            }
        }
        Ok(())
    }

    /// The run at `place` is merged with the shorter one of the two beside it.
    fn shorter_neighbour(&self, place: usize) -> usize {
        let is_shorter = place > 0 && self.runs[place - 1].1 < self.runs[place + 1].1;
        place - usize::from(is_shorter)
    }

    /// Merges the run at `place` with the one after it.
    fn merge(&mut self, place: usize) -> Result<(), E> {
        let (start, left) = self.runs[place];
        let (middle, right) = self.runs[place + 1];
        self.runs[place].1 = left + right;
        self.runs.remove(place + 1);
        let (order, less) = (&self.order, &mut self.less);
        // What is in its place at both ends stays there.
        let first_right = order[middle];
        let skipped = leading(left, false, |at| Ok(!less(first_right, order[start + at])?))?;
        if skipped == left {
            return Ok(());
        }
        let (start, end) = (start + skipped, middle + right);
        let last_left = order[middle - 1];
        let end = end - leading(right, true, |at| Ok(!less(order[end - 1 - at], last_left)?))?;
        if end == middle {
            return Ok(());
        }
        let (left, right) = (order[start..middle].to_vec(), order[middle..end].to_vec());
        if left.len() <= right.len() {
            let merged = Merge::new(&left, &right, false).by(&mut self.patience, |left, right| less(right, left))?;
            self.order[start..end].copy_from_slice(&merged);
        } else {
            let back = |run: Vec<usize>| run.into_iter().rev().collect::<Vec<_>>();
            let mut merged = Merge::new(&back(right), &back(left), true).by(&mut self.patience, less)?;
            merged.reverse();
            self.order[start..end].copy_from_slice(&merged);
        }
        Ok(())
    }
}

/// Two runs while they are merged, from their fronts; `backwards` tells that both are turned round.
struct Merge<'r> {
    run: &'r [usize],
    other: &'r [usize],
    backwards: bool,
    merged: Vec<usize>,
}

impl<'r> Merge<'r> {
    fn new(run: &'r [usize], other: &'r [usize], backwards: bool) -> Self {
        let merged = Vec::with_capacity(run.len() + other.len());
        Self {
            run,
            other,
            backwards,
            merged,
        }
    }

    /// The merged run. `goes` says of an element of `run` and one of `other` whether that of `other` goes first.
    fn by<E>(
        mut self,
        patience: &mut usize,
        mut goes: impl FnMut(usize, usize) -> Result<bool, E>,
    ) -> Result<Vec<usize>, E> {
        // The first of `other` goes first, and the last of `run` last: both are known.
        self.take_other(1);
        while !self.is_decided() {
            // One by one, until one of them wins again and again.
            let (mut wins, mut other_wins) = (0, 0);
            while !self.is_decided() && wins < *patience && other_wins < *patience {
                if goes(self.run[0], self.other[0])? {
                    self.take_other(1);
                    (wins, other_wins) = (0, other_wins + 1);
                } else {
                    self.take_run(1);
                    (wins, other_wins) = (wins + 1, 0);
                }
            }
            if self.is_decided() {
                break;
            }
            *patience += 1;
            self.gallop(patience, &mut goes)?;
        }
        self.merged.extend_from_slice(self.other);
        self.merged.extend_from_slice(self.run);
        Ok(self.merged)
    }

    /// Takes whole stretches, as long as they are long.
    fn gallop<E>(
        &mut self,
        patience: &mut usize,
        goes: &mut impl FnMut(usize, usize) -> Result<bool, E>,
    ) -> Result<(), E> {
        loop {
            *patience -= usize::from(*patience > 1);
            let mut is_long = false;
            for from_run in [!self.backwards, self.backwards] {
                let (run, other) = (self.run, self.other);
                if from_run {
                    let wins = leading(run.len(), self.backwards, |at| Ok(!goes(run[at], other[0])?))?;
                    is_long |= wins >= GALLOP;
                    self.take_run(wins);
                } else {
                    let wins = leading(other.len(), self.backwards, |at| goes(run[0], other[at]))?;
                    is_long |= wins >= GALLOP;
                    self.take_other(wins);
                }
                if self.is_decided() {
                    return Ok(());
                }
                // The stretch ends where one of the other goes first.
                if from_run {
                    self.take_other(1);
                } else {
                    self.take_run(1);
                }
                if self.is_decided() {
                    return Ok(());
                }
            }
            if !is_long {
                *patience += 1;
                return Ok(());
            }
        }
    }

    /// Whether what is left needs no comparison.
    fn is_decided(&self) -> bool {
        self.other.is_empty() || self.run.len() < 2
    }

    fn take_run(&mut self, count: usize) {
        let (taken, rest) = self.run.split_at(count);
        self.merged.extend_from_slice(taken);
        self.run = rest;
    }

    fn take_other(&mut self, count: usize) {
        let (taken, rest) = self.other.split_at(count);
        self.merged.extend_from_slice(taken);
        self.other = rest;
    }
}

/// For how many places from the first on `holds` is true, looked for in growing steps and then by halving.
fn leading<E>(count: usize, backwards: bool, mut holds: impl FnMut(usize) -> Result<bool, E>) -> Result<usize, E> {
    if count == 0 || !holds(0)? {
        return Ok(0);
    }
    let (mut last, mut next) = (0, 1);
    while next < count && holds(next)? {
        (last, next) = (next, 2 * next + 1);
    }
    let (mut low, mut high) = (last + 1, next.min(count));
    while low < high {
        // The middle is that of the run as it lies.
        let middle = low + (high - low - usize::from(backwards)) / 2;
        if holds(middle)? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Runs are made at least so long, so that their number is a power of two, or a little less.
fn shortest_run(mut count: usize) -> usize {
    let mut rest = 0;
    while count >= 64 {
        rest |= count & 1;
        count /= 2;
    }
    count + rest
}

#[cfg(test)]
mod tests {
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
}
