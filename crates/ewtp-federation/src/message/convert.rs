//! Messages to their forms on the wire, and back with the bounds that a form alone does not have.

use std::collections::BTreeMap;

use ewtp_log::Hash;
use ewtp_record::{HubCode, UnixTime, cbor::Octets};

use super::{Cosignature, CosignatureForm, EntryForm, FrontierForm, Hello, HelloForm};
use crate::checkpoint::WitnessSignature;
use crate::frontier::{Frontier, FrontierEntry};
use crate::limits::{FRONTIER_HUBS_MAX, VERSIONS_MAX};
use crate::run::Fault;
use crate::wire;

impl TryFrom<HelloForm> for Hello {
    type Error = Fault;

    fn try_from(form: HelloForm) -> Result<Self, Fault> {
        let HelloForm {
            versions,
            net,
            hub,
            instance,
            ..
        } = form;
        if versions.is_empty() || versions.len() > VERSIONS_MAX {
            let why = format!("{} protocol versions in a hello", versions.len());
            return Err(Fault::malformed("versions", why));
        }
        Ok(Self {
            versions,
            net,
            hub,
            instance: instance.0,
        })
    }
}

impl From<&Hello> for HelloForm {
    fn from(hello: &Hello) -> Self {
        Self {
            kind: 0,
            versions: hello.versions.clone(),
            net: hello.net,
            hub: hello.hub,
            instance: Octets(hello.instance),
        }
    }
}

impl TryFrom<FrontierForm> for Frontier {
    type Error = Fault;

    fn try_from(form: FrontierForm) -> Result<Self, Fault> {
        let sorted = form.entries.is_sorted_by(|one, next| one.hub < next.hub);
        if !sorted || form.entries.len() > FRONTIER_HUBS_MAX {
            return Err(Fault::malformed(
                "frontier",
                "frontier entries must be sorted by hub, one each, at most 512",
            ));
        }
        for entry in &form.entries {
            wire::check_sizes(&[entry.size, entry.cosigned_size])?;
        }
        let entries: BTreeMap<_, _> = form
            .entries
            .into_iter()
            .map(|entry| (entry.hub, entry.into()))
            .collect();
        Ok(Self { entries })
    }
}

impl From<EntryForm> for FrontierEntry {
    fn from(form: EntryForm) -> Self {
        let EntryForm {
            charter,
            epoch,
            size,
            root,
            cosigned_size,
            cosignatures,
            ..
        } = form;
        Self {
            charter,
            epoch,
            size,
            root: Hash(root.0),
            cosigned_size,
            cosignatures,
        }
    }
}

impl From<(&HubCode, &FrontierEntry)> for EntryForm {
    fn from((hub, entry): (&HubCode, &FrontierEntry)) -> Self {
        let FrontierEntry {
            charter,
            epoch,
            size,
            root,
            cosigned_size,
            cosignatures,
        } = *entry;
        Self {
            hub: *hub,
            charter,
            epoch,
            size,
            root: Octets(root.0),
            cosigned_size,
            cosignatures,
        }
    }
}

impl TryFrom<CosignatureForm> for Cosignature {
    type Error = Fault;

    fn try_from(form: CosignatureForm) -> Result<Self, Fault> {
        let CosignatureForm {
            hub,
            epoch,
            size,
            witness,
            time,
            signature,
            ..
        } = form;
        wire::check_signed_size(size)?;
        let witness = WitnessSignature {
            hub: witness,
            time: UnixTime(time),
            signature: signature.0,
        };
        Ok(Self {
            hub,
            epoch,
            size,
            witness,
        })
    }
}

impl From<&Cosignature> for CosignatureForm {
    fn from(cosignature: &Cosignature) -> Self {
        let Cosignature {
            hub,
            epoch,
            size,
            witness,
        } = cosignature;
        Self {
            kind: 7,
            hub: *hub,
            epoch: *epoch,
            size: *size,
            witness: witness.hub,
            time: witness.time.0,
            signature: Octets(witness.signature),
        }
    }
}
