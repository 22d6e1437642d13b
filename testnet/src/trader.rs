//! Takes the sample trade to the hubs.

use crate::door::{self, Document};
use crate::seed::Seed;
use crate::state::Testnet;
use crate::trade::{self, Share};
use anyhow::{Context, Result};
use futures::future::try_join_all;

/// Issues the whole sample, every hub its share, all hubs at once; answers how many records that are. Doing it again
/// changes nothing, because issuing is idempotent.
///
/// # Errors
/// When a hub does not answer or refuses a document.
pub async fn issue_sample(testnet: &Testnet) -> Result<u64> {
    let shares = trade::sample(Seed(testnet.seed), &testnet.codes(), testnet.laid_at);
    let codes = testnet.codes();
    let issued = try_join_all(
        codes
            .iter()
            .zip(&shares)
            .map(|(hub, share)| issue_share(testnet, hub, share)),
    )
    .await?;
    Ok(issued.into_iter().sum())
}

async fn issue_share(testnet: &Testnet, hub: &str, share: &Share) -> Result<u64> {
    let client = door::of(testnet, hub)?;
    let mut records = 0;
    for (what, documents) in [
        (Document::Merchants, &share.merchants),
        (Document::Certificates, &share.certificates),
    ] {
        let issued = door::issue(&client, what, documents)
            .await
            .with_context(|| format!("at hub {hub}"))?;
        records += issued.len() as u64;
    }
    Ok(records)
}
