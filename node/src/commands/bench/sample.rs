//! A hub that exists only for the measurement, and certificates of real size.

use super::measure::Deadline;
use anyhow::Context;
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;
use ewtp_node::init::{Plan, Seeds, genesis};
use ewtp_node::keys::KeyName;
use ewtp_record::{Certificate, Duty, HubCode, LogId, Record, SecretKey, Terms, UnixTime, parse_json};
use ewtp_trust::CharterChain;
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// The certificate of the specification, with every field an office fills and one line of goods.
const CERTIFICATE: &str = include_str!("../../../../protocol-spec/examples/clearance.json");
/// The number in that example, replaced by ours.
const NUMBER: &str = "CNHGH-2026-0004711";
/// Lines of goods that bring its record to 400 bytes.
const LINES: usize = 5;
/// When everything in the sample is issued.
pub(super) const ISSUED_AT: UnixTime = UnixTime(1_795_336_199);

/// The certificate with its lines.
static TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let mut certificate: Value = serde_json::from_str(CERTIFICATE).expect("the example of the specification is JSON");
    let lines = certificate["lines"].as_array_mut().expect("the example has lines");
    lines.resize(LINES, lines[0].clone());
    certificate.to_string()
});

/// The hub.
pub(super) struct Sample {
    pub(super) hub: HubCode,
    pub(super) genesis: Record,
    pub(super) chain: Arc<CharterChain>,
    pub(super) plan: Plan,
    pub(super) seeds: Seeds,
}

impl Sample {
    /// A hub whose keys grow from its code and that nobody else knows.
    pub(super) fn hub(code: &str) -> anyhow::Result<Self> {
        Self::found(code, Path::new(code), Vec::new(), ISSUED_AT)
    }

    /// A hub whose keys grow from its code.
    pub(super) fn found(code: &str, folder: &Path, listen: Vec<String>, issued_at: UnixTime) -> anyhow::Result<Self> {
        let hub: HubCode = code.parse().context("a hub code")?;
        let mut config = Config::new(Folder::new(folder), "test:bench".parse().context("a net")?, hub, code);
        config.network.listen = listen;
        let plan = Plan::new(config, issued_at);
        let seeds = Seeds::derived(&plan, |name| {
            let mut seed = [0; 32];
            let text = format!("{code} {name}");
            seed[..text.len()].copy_from_slice(text.as_bytes());
            seed
        });
        let genesis = genesis(&plan, &seeds)?.record;
        let chain = Arc::new(CharterChain::genesis(&genesis, &plan.config.net)?);
        Ok(Self {
            hub,
            genesis,
            chain,
            plan,
            seeds,
        })
    }

    /// Its log.
    pub(super) fn log(&self) -> LogId {
        LogId {
            hub: self.hub,
            epoch: 0,
        }
    }

    /// The key of one of its duties.
    pub(super) fn key(&self, duty: Duty) -> SecretKey {
        self.seeds.secret(KeyName::Role(duty))
    }

    /// A certificate as an office sends it, as JSON.
    pub(super) fn certificate_json(number: u64) -> String {
        TEMPLATE.replace(NUMBER, &format!("CNHGH-2026-{number:07}"))
    }

    /// The certificate signed: what the node does from its JSON to its record.
    pub(super) fn certificate(&self, json: &str, customs: &SecretKey) -> anyhow::Result<Record> {
        let terms = Terms {
            issuer: self.hub,
            now: ISSUED_AT,
            life_seconds: 90 * 86_400,
        };
        let submission = Certificate::from_json(&parse_json(json)?, &terms)?;
        Ok(submission.draft.sign(customs)?)
    }

    /// So many signed certificates, made on all cores; fewer when the time is over, and one of each core at least.
    pub(super) fn certificates(&self, count: u64, deadline: Deadline) -> anyhow::Result<Vec<Record>> {
        let customs = self.key(Duty::Customs);
        let share = count.div_ceil(super::measure::cores() as u64).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = (0..count)
                .step_by(usize::try_from(share).expect("a share fits in memory"))
                .map(|first| {
                    let numbers = first..(first + share).min(count);
                    let customs = &customs;
                    scope.spawn(move || {
                        let first = numbers.start;
                        numbers
                            .take_while(|number| *number == first || !deadline.is_over())
                            .map(|number| self.certificate(&Self::certificate_json(number), customs))
                            .collect()
                    })
                })
                .collect();
            let mut all = Vec::new();
            for part in parts {
                let part: anyhow::Result<Vec<Record>> = part.join().expect("making certificates does not panic");
                all.extend(part?);
            }
            Ok(all)
        })
    }
}
