//! Charter chains of bundles, verified once and remembered.
//!
//! Verifying a chain costs ten times what the rest of a verdict costs, and at a desk the same hubs come again with every
//! bundle. A chain is remembered by the exact bytes of its charters, so remembering changes no verdict.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ewtp_record::{HubCode, Record};
use ewtp_trust::{CharterChain, CharterError};

use crate::policy::Policy;

/// The chains that were read under one policy; of each pinned hub the last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chains {
    by_hub: BTreeMap<HubCode, Remembered>,
}

#[derive(Debug, Clone)]
struct Remembered {
    charters: Vec<Bytes>,
    chain: Arc<CharterChain>,
}

impl Chains {
    /// The chain that these charter records make on the policy's net.
    pub(crate) fn read(
        &mut self,
        policy: &Policy,
        hub: HubCode,
        charters: &[Bytes],
    ) -> Result<Arc<CharterChain>, CharterError> {
        if let Some(known) = self.by_hub.get(&hub).filter(|known| known.charters == charters) {
            return Ok(Arc::clone(&known.chain));
        }
        let records: Result<Vec<Record>, _> = charters.iter().cloned().map(Record::decode).collect();
        let chain = Arc::new(CharterChain::from_records(&records?, &policy.net)?);
        // Only pinned hubs are remembered: whoever makes up hub codes must not fill the memory.
        if policy.pins.contains_key(&hub) {
            self.by_hub.insert(
                hub,
                Remembered {
                    charters: charters.to_vec(),
                    chain: Arc::clone(&chain),
                },
            );
        }
        Ok(chain)
    }
}
