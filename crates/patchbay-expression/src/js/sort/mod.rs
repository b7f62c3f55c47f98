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
mod tests;
