//! The bundle file: a record with all that is needed to check it, and nothing that has to be believed.
//!
//! In CBOR: `["ewtp/bundle/1", record, receipt or null, [[hub, [charter record…]]…]]`, at most 1 MiB. A file that holds a
//! bare record is read as a bundle without receipt and charters.

use bytes::Bytes;
use ewtp_log::{Hash, PATH_HASHES_MAX};
use ewtp_record::cbor::{self, Blob, CborError, CborFault, Limits, Octets};
use ewtp_record::{HubCode, UnixTime, array_form};

/// Most bytes of a bundle file: a record, a receipt, and a few charters of sixteen hubs.
pub const BUNDLE_BYTES_MAX: usize = 1024 * 1024;

/// Most charter chains in a bundle: the issuer, a full panel, the verifier's own hub, and as many again.
pub(crate) const CHAINS_MAX: usize = 32;

/// Most cosignatures of a receipt: a panel has no more.
pub(crate) const COSIGNATURES_MAX: usize = 15;

/// First text of a bundle file; another format gets another number.
const FORMAT: &str = "ewtp/bundle/1";

/// First byte of a bare record: the tag of COSE_Sign1.
const RECORD_FIRST_BYTE: u8 = 0xd2;

/// A record with its receipt and the charter chains that its checks need. Decoded, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The record's exact bytes.
    pub record: Bytes,
    /// Proof that the record is logged and witnessed, if there is one.
    pub receipt: Option<Receipt>,
    /// Charter records from the genesis on, by hub, sorted by hub.
    pub chains: Vec<(HubCode, Vec<Bytes>)>,
}

/// Proof that a record is in a log, and that other hubs saw that log.
///
/// In CBOR: `[epoch, charter number, size, index, [path hash…], log signature, [[hub, time, signature]…]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The generation of the log.
    pub epoch: u32,
    /// Number of the charter whose `log` key signed the checkpoint.
    pub charter: u32,
    /// The checkpoint's size.
    pub size: u64,
    /// The record's index, below `size`.
    pub index: u64,
    /// The inclusion path from leaf to root; the root itself is recomputed, never sent.
    pub path: Vec<Hash>,
    /// The `log` key's signature over the checkpoint's note body.
    pub signature: Octets<64>,
    /// Cosignatures on that checkpoint, sorted by hub.
    pub cosignatures: Vec<WitnessCosignature>,
}
array_form!(Receipt {
    epoch,
    charter,
    size,
    index,
    path,
    signature,
    cosignatures
});

/// One hub's cosignature on the receipt's checkpoint.
///
/// In CBOR: `[hub, time, signature]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessCosignature {
    /// The witnessing hub.
    pub hub: HubCode,
    /// When it says it signed.
    pub time: UnixTime,
    /// Its `witness` key's signature over the cosignature message.
    pub signature: Octets<64>,
}
array_form!(WitnessCosignature { hub, time, signature });

/// Why bytes are not a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Too large, or not deterministic CBOR of the bundle's shape. // spec: bundle R1
    #[error("{}", malformed(.0))]
    Malformed(#[from] CborError),
    /// Another format. // spec: bundle R2
    #[error("the file says it is {got:?}, this version reads {FORMAT:?}")]
    Format {
        /// What the file says.
        got: String,
    },
    /// A list that is too long, or not strictly ascending by hub. // spec: bundle R3
    #[error("{list} are {fault}")]
    List {
        /// Which list.
        list: &'static str,
        /// What is wrong with it, in words.
        fault: &'static str,
    },
}

/// A file that stops too early or is too long most likely was damaged on its way; it is told so.
fn malformed(error: &CborError) -> String {
    match error.fault {
        CborFault::Truncated => format!("the bundle is cut short: it ends inside an item at byte {}", error.at),
        CborFault::TooLarge { limit, .. } => format!("the file has more than {limit} bytes, and no bundle has"),
        _ => format!("not a bundle: {error}"),
    }
}

struct BundleFile {
    format: String,
    record: Blob,
    receipt: Option<Receipt>,
    chains: Vec<ChainForm>,
}
array_form!(BundleFile {
    format,
    record,
    receipt,
    chains
});

struct ChainForm {
    hub: HubCode,
    charters: Vec<Blob>,
}
array_form!(ChainForm { hub, charters });

impl Bundle {
    /// Reads a bundle file, or a file with a bare record.
    ///
    /// # Errors
    /// [`BundleError`] when the bytes are no bundle. The record and the charters inside are judged later, by the verdict.
    pub fn decode(bytes: &[u8]) -> Result<Self, BundleError> {
        if bytes.first() == Some(&RECORD_FIRST_BYTE) && bytes.len() <= Limits::RECORD.bytes {
            return Ok(Self {
                record: Bytes::copy_from_slice(bytes),
                receipt: None,
                chains: Vec::new(),
            });
        }
        let file: BundleFile = cbor::decode(bytes, &Limits::message(BUNDLE_BYTES_MAX))?;
        if file.format != FORMAT {
            return Err(BundleError::Format { got: file.format });
        }
        check_lists(&file)?;
        let chains = file
            .chains
            .into_iter()
            .map(|chain| (chain.hub, unwrapped(chain.charters)))
            .collect();
        Ok(Self {
            record: file.record.0,
            receipt: file.receipt,
            chains,
        })
    }

    /// Writes the bundle as its file has it.
    pub fn encode(&self) -> Vec<u8> {
        let wrapped = |charters: &Vec<Bytes>| charters.iter().cloned().map(Blob).collect();
        let chains = self.chains.iter().map(|(hub, charters)| ChainForm {
            hub: *hub,
            charters: wrapped(charters),
        });
        cbor::encode(&BundleFile {
            format: FORMAT.to_owned(),
            record: Blob(self.record.clone()),
            receipt: self.receipt.clone(),
            chains: chains.collect(),
        })
    }

    /// The charter records of a hub, from its genesis on.
    pub fn chain(&self, hub: &HubCode) -> Option<&[Bytes]> {
        let place = self.chains.binary_search_by_key(hub, |(hub, _)| *hub).ok()?;
        Some(&self.chains[place].1)
    }
}

fn unwrapped(charters: Vec<Blob>) -> Vec<Bytes> {
    charters.into_iter().map(|blob| blob.0).collect()
}

// spec: bundle R3
fn check_lists(file: &BundleFile) -> Result<(), BundleError> {
    let fault = |list, fault| Err(BundleError::List { list, fault });
    if file.chains.len() > CHAINS_MAX {
        return fault("charter chains", "more than 32");
    }
    if !file.chains.windows(2).all(|pair| pair[0].hub < pair[1].hub) {
        return fault("charter chains", "not strictly ascending by hub");
    }
    if file
        .chains
        .iter()
        .any(|chain| chain.charters.is_empty() || chain.charters.len() > ewtp_trust::CHAIN_CHARTERS_MAX)
    {
        return fault("the charters of a chain", "none or more than 1024");
    }
    let Some(receipt) = &file.receipt else { return Ok(()) };
    if receipt.path.len() > PATH_HASHES_MAX {
        return fault("the path's hashes", "more than 63");
    }
    if receipt.cosignatures.len() > COSIGNATURES_MAX {
        return fault("cosignatures", "more than 15");
    }
    if !receipt.cosignatures.windows(2).all(|pair| pair[0].hub < pair[1].hub) {
        return fault("cosignatures", "not strictly ascending by hub");
    }
    Ok(())
}
