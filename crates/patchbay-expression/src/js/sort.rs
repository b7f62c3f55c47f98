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
            ("chance", 3, 1056),
            ("chance", 5, 3785415),
            ("chance", 17, 1292566229),
            ("chance", 31, 1408737634),
            ("chance", 32, 3301633076),
            ("chance", 33, 148191881),
            ("chance", 63, 2881511098),
            ("chance", 64, 1489976660),
            ("chance", 65, 4191641305),
            ("chance", 100, 3471766720),
            ("chance", 127, 1013397122),
            ("chance", 200, 3963970058),
            ("chance", 333, 2551768595),
            ("chance", 1000, 3847436412),
            ("chance", 5000, 3645469256),
            ("greater", 2, 33),
            ("greater", 3, 1026),
            ("greater", 5, 986115),
            ("greater", 17, 3563884553),
            ("greater", 31, 131194896),
            ("greater", 32, 4067041808),
            ("greater", 33, 1524244497),
            ("greater", 63, 2158477344),
            ("greater", 64, 2488288288),
            ("greater", 65, 4122492961),
            ("greater", 100, 1826710130),
            ("greater", 127, 2237628480),
            ("greater", 200, 1476506852),
            ("greater", 333, 282432679),
            ("greater", 1000, 262015092),
            ("greater", 5000, 800041540),
            ("never", 2, 63),
            ("never", 3, 1956),
            ("never", 5, 2834145),
            ("never", 17, 4174081519),
            ("never", 31, 3610518320),
            ("never", 32, 3837098688),
            ("never", 33, 759226071),
            ("never", 63, 3901242242),
            ("never", 64, 3907058262),
            ("never", 65, 3620677675),
            ("never", 100, 3822217520),
            ("never", 127, 932051938),
            ("never", 200, 1641821222),
            ("never", 333, 3615490079),
            ("never", 1000, 2989192262),
            ("never", 5000, 1138706646),
            ("minus", 2, 63),
            ("minus", 3, 2946),
            ("minus", 5, 4739715),
            ("minus", 17, 1850826249),
            ("minus", 31, 1160668176),
            ("minus", 32, 1261854704),
            ("minus", 33, 2214960145),
            ("minus", 63, 3510126624),
            ("minus", 64, 1769553888),
            ("minus", 65, 655800353),
            ("minus", 100, 625814734),
            ("minus", 127, 3386806336),
            ("minus", 200, 736029596),
            ("minus", 333, 951335463),
            ("minus", 1000, 3753732620),
            ("minus", 5000, 546923068),
            ("nearly", 2, 63),
            ("nearly", 3, 1026),
            ("nearly", 5, 986115),
            ("nearly", 17, 2233200253),
            ("nearly", 31, 1145112578),
            ("nearly", 32, 4067041808),
            ("nearly", 33, 1524244497),
            ("nearly", 63, 449005472),
            ("nearly", 64, 1956212948),
            ("nearly", 65, 2801233159),
            ("nearly", 100, 4264648840),
            ("nearly", 127, 932844610),
            ("nearly", 200, 4185756258),
            ("nearly", 333, 1027608213),
            ("nearly", 1000, 1184245308),
            ("nearly", 5000, 1398341498),
            ("runs", 2, 33),
            ("runs", 3, 1026),
            ("runs", 5, 986115),
            ("runs", 17, 3563884553),
            ("runs", 31, 131194896),
            ("runs", 32, 95166992),
            ("runs", 33, 1524244497),
            ("runs", 63, 934216144),
            ("runs", 64, 3101999068),
            ("runs", 65, 4045324321),
            ("runs", 100, 4180608518),
            ("runs", 127, 2203426812),
            ("runs", 200, 1749310684),
            ("runs", 333, 1480803923),
            ("runs", 1000, 2248340536),
            ("runs", 5000, 2021758788),
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
