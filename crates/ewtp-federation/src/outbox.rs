//! What waits to be drained, and what each commit and signature that was asked for is about.

use std::collections::{BTreeMap, VecDeque};

use ewtp_record::HubCode;

use crate::commit::{Commit, CommitId, Fact, Item};
use crate::input::{Output, SigningId, SigningKey};
use crate::witness::Cosigning;

/// How something came to us: gossip has told our neighbours too, pulling has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Gossip,
    Pull,
}

/// Whose turn it is when a commit comes back.
#[derive(Debug)]
pub(crate) enum Purpose {
    /// A batch of our own log, with its guard.
    Journal,
    /// A signed checkpoint of our own log of this size.
    Checkpoint(u64),
    /// Records of a replica, and how they came; the bytes count against the uncommitted ones.
    Replica(HubCode, Source),
    /// A guard row before a cosignature.
    Cosign(Box<Cosigning>),
    /// Nothing waits for it.
    Nothing,
}

/// What a signature is for.
#[derive(Debug)]
pub(crate) enum Signing {
    /// The next checkpoint of our log.
    Checkpoint,
    /// A cosignature.
    Cosignature(Cosigning),
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Output>,
    commits: BTreeMap<CommitId, Purpose>,
    signings: BTreeMap<SigningId, Signing>,
    next_commit: u64,
    next_signing: u64,
}

impl Outbox {
    pub(crate) fn push(&mut self, output: Output) {
        self.queue.push_back(output);
    }

    pub(crate) fn pop(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    pub(crate) fn commit(&mut self, items: Vec<Item>, purpose: Purpose) -> CommitId {
        let id = CommitId(self.next_commit);
        self.next_commit += 1;
        self.commits.insert(id, purpose);
        self.push(Output::Commit(Commit { id, items }));
        id
    }

    /// Makes a fact durable that nothing waits for.
    pub(crate) fn keep(&mut self, fact: Fact) {
        self.commit(vec![Item::Fact(fact)], Purpose::Nothing);
    }

    pub(crate) fn committed(&mut self, id: CommitId) -> Option<Purpose> {
        self.commits.remove(&id)
    }

    pub(crate) fn sign(&mut self, key: SigningKey, message: String, about: Signing) {
        let signing = SigningId(self.next_signing);
        self.next_signing += 1;
        self.signings.insert(signing, about);
        self.push(Output::Sign {
            signing,
            key,
            message: message.into_bytes(),
        });
    }

    pub(crate) fn signed(&mut self, signing: SigningId) -> Option<Signing> {
        self.signings.remove(&signing)
    }
}
