//! How a replica grows: by runs that continue it, under checkpoints that agree with it. The first that does not ends it.

use ewtp_log::CompactRange;

use super::{Advance, Covered, Head, Replica, Window};
use crate::checkpoint::SignedCheckpoint;
use crate::commit::{Fact, Item, Split};
use crate::limits::HEADS_MAX;
use crate::run::{Run, Verified};

impl Replica {
    /// Takes a verified run. `asked` tells that the hub wants its checkpoint cosigned.
    pub(crate) fn advance(&mut self, run: Verified<Run>, asked: bool) -> Advance {
        let run = run.into_inner();
        if self.split.is_some() || run.checkpoint.epoch != self.epoch {
            return Advance::Known;
        }
        if let Err(split) = self.note_head(&run.checkpoint, asked) {
            return self.give_up(split);
        }
        if run.start > self.size() {
            self.window.hold(run);
            return Advance::Gap;
        }
        let covered_before = self.covered_size();
        let mut items = Vec::new();
        let mut next = (run.end() > self.size()).then_some(run);
        while let Some(run) = next {
            if let Err(split) = self.extend(run, &mut items) {
                return self.give_up(split);
            }
            next = self.window.take(self.size()).filter(|run| self.takes(run));
        }
        self.cover_at_size();
        self.is_full = self.is_full();
        if self.covered_size() > covered_before {
            items.push(self.covered_item());
        }
        if items.is_empty() {
            Advance::Known
        } else {
            Advance::Extended(items)
        }
    }

    /// Takes a verified checkpoint without records.
    pub(crate) fn see(&mut self, checkpoint: &SignedCheckpoint) -> Advance {
        if !self.is_news(checkpoint) {
            return Advance::Known;
        }
        if let Err(split) = self.note_head(checkpoint, false) {
            return self.give_up(split);
        }
        if checkpoint.size > self.size() {
            return Advance::Gap;
        }
        self.cover_at_size();
        Advance::Extended(vec![self.covered_item()])
    }

    /// Keeps a checkpoint that lies ahead, and compares one that does not with what is here.
    fn note_head(&mut self, checkpoint: &SignedCheckpoint, asked: bool) -> Result<(), Box<Split>> {
        if checkpoint.size > self.size() {
            if let Some(known) = self.heads.get_mut(&checkpoint.size) {
                known.is_asked |= asked;
                return same_root(Some(&known.checkpoint), checkpoint);
            }
            self.hold_head(checkpoint, asked);
            if self.heads.len() > HEADS_MAX {
                self.heads.pop_first();
            }
            return Ok(());
        }
        match &self.covered {
            Some(covered) if covered.checkpoint.size == checkpoint.size => {
                same_root(Some(&covered.checkpoint), checkpoint)?;
                if asked {
                    self.asked = Some(checkpoint.clone());
                }
                Ok(())
            }
            _ if checkpoint.size == self.size() => {
                self.hold_head(checkpoint, asked);
                let held = self.covered.as_ref().map(|covered| covered.checkpoint.clone());
                if self.tree.root() == checkpoint.root {
                    Ok(())
                } else {
                    Err(Box::new(Split {
                        held,
                        offered: checkpoint.clone(),
                    }))
                }
            }
            _ if self.tree.contradicts(checkpoint.size, checkpoint.root) => Err(Box::new(Split {
                held: self.covered.as_ref().map(|covered| covered.checkpoint.clone()),
                offered: checkpoint.clone(),
            })),
            _ => Ok(()),
        }
    }

    fn hold_head(&mut self, checkpoint: &SignedCheckpoint, is_asked: bool) {
        let checkpoint = checkpoint.clone();
        let size = checkpoint.size;
        self.heads.insert(size, Box::new(Head { checkpoint, is_asked }));
    }

    /// Appends what is new in a run that starts at or before our size, covering each known checkpoint it passes.
    fn extend(&mut self, run: Run, items: &mut Vec<Item>) -> Result<(), Box<Split>> {
        let known = usize::try_from(self.size() - run.start).expect("a run is shorter than a frame");
        self.check_prefix(&run, known)?;
        let Run {
            start,
            mut records,
            mut leaves,
            ..
        } = run;
        records.drain(..known);
        leaves.drain(..known);
        self.bytes += records.iter().map(|record| record.len() as u64).sum::<u64>();
        let log = self.log();
        let mut appended = 0;
        while appended < leaves.len() {
            let room = leaves.len() - appended;
            let next_head = self
                .heads
                .range(self.size() + 1..)
                .next()
                .map(|(size, _)| size - self.size());
            let step = next_head.map_or(room, |distance| usize::try_from(distance).unwrap_or(room).min(room));
            for leaf in &leaves[appended..appended + step] {
                self.tree.append(*leaf);
            }
            appended += step;
            if let Some(head) = self.heads.get(&self.size())
                && head.checkpoint.root != self.tree.root()
            {
                let held = self.covered.as_ref().map(|covered| covered.checkpoint.clone());
                return Err(Box::new(Split {
                    held,
                    offered: head.checkpoint.clone(),
                }));
            }
            self.cover_at_size();
        }
        items.push(Item::Entries {
            log,
            start: start + known as u64,
            records,
            leaves,
        });
        Ok(())
    }

    /// The run's own statement of the tree at our size must be our tree: both lie under the hub's signature.
    fn check_prefix(&self, run: &Run, known: usize) -> Result<(), Box<Split>> {
        let mut range = CompactRange::from_parts(run.start, run.left.clone())
            .expect("the run's range was checked when its root was computed");
        for leaf in &run.leaves[..known] {
            range.append(*leaf);
        }
        if range.hashes() == self.tree.head().hashes() {
            return Ok(());
        }
        let held = self.covered.as_ref().map(|covered| covered.checkpoint.clone());
        Err(Box::new(Split {
            held,
            offered: run.checkpoint.clone(),
        }))
    }

    /// If a known checkpoint has exactly our size (its root was compared before), it is covered now.
    fn cover_at_size(&mut self) {
        let size = self.size();
        if let Some(head) = self.heads.remove(&size) {
            let Head { checkpoint, is_asked } = *head;
            if is_asked {
                self.asked = Some(checkpoint.clone());
            }
            self.covered = Some(Covered {
                checkpoint,
                range: self.tree.head().clone(),
            });
        }
        while self.heads.first_key_value().is_some_and(|(first, _)| *first < size) {
            self.heads.pop_first();
        }
    }

    /// From here on the replica stands still: which branch to believe is not ours to guess.
    fn give_up(&mut self, split: Box<Split>) -> Advance {
        self.split = Some(Split::clone(&split));
        self.heads.clear();
        self.window = Window::default();
        Advance::Split(split)
    }

    fn covered_item(&self) -> Item {
        let covered = self.covered.as_ref().expect("the caller just covered a checkpoint");
        Item::Fact(Fact::Checkpoint(self.hub, covered.checkpoint.clone()))
    }

    fn covered_size(&self) -> u64 {
        self.covered.as_ref().map_or(0, |covered| covered.checkpoint.size)
    }
}

fn same_root(held: Option<&SignedCheckpoint>, offered: &SignedCheckpoint) -> Result<(), Box<Split>> {
    match held {
        Some(held) if held.root != offered.root => Err(Box::new(Split {
            held: Some(held.clone()),
            offered: offered.clone(),
        })),
        _ => Ok(()),
    }
}
