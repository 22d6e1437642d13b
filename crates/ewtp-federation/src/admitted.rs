//! Whom we let in, and as whose node.
//!
//! A session may end and begin again on a connection that stands, and then nobody introduces itself a second time. So
//! what an introduction showed is remembered beyond the session, for so many nodes that left.

use std::collections::{BTreeMap, VecDeque};

use ewtp_record::{HubCode, NodeKey};

use crate::limits::LEFT_MAX;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Admitted {
    /// Whose each node is; none for a guest.
    nodes: BTreeMap<NodeKey, Option<HubCode>>,
    /// Those whose session ended, the longest gone first.
    left: VecDeque<NodeKey>,
}

impl Admitted {
    /// Lets a node in as one of a hub, or as a guest.
    pub(crate) fn admit(&mut self, node: NodeKey, hub: Option<HubCode>) {
        self.nodes.insert(node, hub);
        self.leave(node); // it may never come; a session takes it off this list
    }

    /// A session of the node begins. Whose it is, if it was let in here.
    pub(crate) fn enter(&mut self, node: NodeKey) -> Option<Option<HubCode>> {
        self.left.retain(|gone| *gone != node);
        self.nodes.get(&node).copied()
    }

    /// It was let in as a node of a hub that does not vouch for it any more.
    pub(crate) fn forget(&mut self, node: NodeKey) {
        self.nodes.remove(&node);
        self.left.retain(|gone| *gone != node);
    }

    /// Its session ended.
    pub(crate) fn leave(&mut self, node: NodeKey) {
        self.left.retain(|gone| *gone != node);
        if self.nodes.contains_key(&node) {
            self.left.push_back(node);
        }
        if self.left.len() > LEFT_MAX
            && let Some(forgotten) = self.left.pop_front()
        {
            self.nodes.remove(&forgotten);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::code;

    fn node(number: usize) -> NodeKey {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&number.to_be_bytes());
        NodeKey(key)
    }

    #[test]
    fn a_guest_and_a_member_are_known_again_after_their_session_ended() {
        let mut admitted = Admitted::default();
        admitted.admit(node(1), None);
        admitted.admit(node(2), Some(code("SG")));
        for number in [1, 2] {
            admitted.enter(node(number));
            admitted.leave(node(number));
        }
        assert_eq!(admitted.enter(node(1)), Some(None));
        assert_eq!(admitted.enter(node(2)), Some(Some(code("SG"))));
        assert_eq!(admitted.enter(node(3)), None);
    }

    #[test]
    fn of_those_that_left_so_many_are_remembered_and_of_those_that_stay_all() {
        let mut admitted = Admitted::default();
        admitted.admit(node(0), None);
        admitted.enter(node(0));
        for number in 1..3 * LEFT_MAX {
            admitted.admit(node(number), None);
            admitted.leave(node(number));
        }
        assert_eq!(admitted.nodes.len(), LEFT_MAX + 1);
        assert_eq!(admitted.left.len(), LEFT_MAX);
        assert_eq!(admitted.enter(node(0)), Some(None), "it never left");
        assert_eq!(admitted.enter(node(1)), None, "long gone");
    }
}
