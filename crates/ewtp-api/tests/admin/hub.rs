//! One hub of the tests: a real store with a charter, a log key that signs, an examiner, and the admin interface over it.
//! What a node's runtime does with commands is done here in the plainest way.

use bytes::Bytes;
use ewtp_api::{
    Api, Client, Command, FrontierEntry, IssueAnswer, IssueFault, IssueInput, Issued, LogHead, NodeState, Peer, Server,
    Status, StatusSchema, Target, commands,
};
use ewtp_federation::{Commit, CommitId, CosignedCheckpoint, Fact, Guard, Item, SignedCheckpoint, WitnessSignature};
use ewtp_log::{Cosignature, Hash, Tree, leaf_hash};
use ewtp_record::charter::Revocation;
use ewtp_record::{
    Asked, Document, Draft, Duty, HubCode, LogId, NetName, Position, Pulse, Record, RecordKind, SecretKey, Statement,
    UnixTime,
};
use ewtp_store::{IndexWriter, Judged, Ledger, Reader, Schedules, Store, StoreOptions};
use ewtp_trust::draft::{CharterDraft, GenesisPlan, RefreshPlan, role};
use ewtp_trust::{Authority, CharterChain, Directory, examine};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Every charter begins here, and every record that gives no time is issued here.
pub(crate) const NOW: UnixTime = UnixTime(1_795_336_205);
const DAY: u64 = 86_400;
const DUTIES: [Duty; 6] = [
    Duty::Log,
    Duty::Witness,
    Duty::Operator,
    Duty::Customs,
    Duty::Registrar,
    Duty::Tariff,
];

pub(crate) fn net() -> NetName {
    "test:lab".parse().unwrap()
}

pub(crate) fn code(text: &str) -> HubCode {
    text.parse().unwrap()
}

pub(crate) fn key(hub: HubCode, duty: Duty) -> SecretKey {
    let mut seed = [duty as u8 + 1; 32];
    seed[..hub.as_str().len()].copy_from_slice(hub.as_str().as_bytes());
    SecretKey::from_seed(&seed)
}

/// A genesis charter with one root, which test nets allow.
fn genesis(hub: HubCode) -> Record {
    let root = SecretKey::from_seed(&[hub.as_str().as_bytes()[0]; 32]);
    let window = (NOW, NOW.plus(300 * DAY));
    let plan = GenesisPlan {
        net: net(),
        hub,
        display_name: format!("{hub} e-hub"),
        issued_at: NOW,
        expires_at: NOW.plus(300 * DAY),
        roots: vec![root.public().to_bytes()],
        threshold: 1,
        next_roots: vec![SecretKey::from_seed(&[255; 32]).public().to_bytes()],
        next_threshold: 1,
        roles: DUTIES
            .map(|duty| role(key(hub, duty).public().to_bytes(), duty, window, 800 * DAY))
            .to_vec(),
        panel: vec![if hub == code("MY") { code("RW") } else { code("MY") }],
    };
    let keys = DUTIES.map(|duty| key(hub, duty));
    CharterDraft::genesis(plan)
        .unwrap()
        .sign_all(&[&root], &keys.each_ref())
        .unwrap()
}

/// The part of a hub that changes.
pub(crate) struct Hub {
    pub(crate) log: LogId,
    pub(crate) reader: Reader,
    pub(crate) directory: watch::Sender<Arc<Directory>>,
    ledger: Ledger,
    index: IndexWriter,
    tree: Tree,
    authority: Authority,
    pub(crate) issues: Vec<usize>,
    pub(crate) peers: Vec<String>,
}

/// A hub with its admin interface, until it is dropped or stopped.
pub(crate) struct Running {
    pub(crate) hub: Arc<Mutex<Hub>>,
    pub(crate) client: Client,
    pub(crate) socket: PathBuf,
    pub(crate) address: SocketAddr,
    pub(crate) grown: watch::Sender<()>,
    pub(crate) status: watch::Sender<Arc<Status>>,
    pub(crate) schedules: Schedules,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    _folder: TempDir,
}

impl Hub {
    fn open(folder: &TempDir) -> Self {
        let log = LogId {
            hub: code("MY"),
            epoch: 0,
        };
        let options = StoreOptions {
            own: Some(log.hub),
            cache_bytes: 4 << 20,
            ..StoreOptions::default()
        };
        let (Store { ledger, index, reader }, _) = Store::open(folder.path(), &options).unwrap();
        let charters = ["MY", "RW", "TH"].map(|hub| genesis(code(hub)));
        let chains = charters
            .each_ref()
            .map(|record| CharterChain::genesis(record, &net()).unwrap());
        let pins: BTreeMap<_, _> = chains.iter().map(|chain| (chain.hub(), chain.genesis_id())).collect();
        let mut directory = Directory::new(net(), pins);
        for record in &charters {
            directory
                .adopt_chain(record.header().issuer, std::slice::from_ref(record))
                .unwrap();
        }
        let mut authority = Authority::new(log, directory.chain(log.hub).unwrap().clone());
        authority.note_charter(0, &charters[0]).unwrap();
        let directory = watch::Sender::new(Arc::new(directory));
        let (tree, issues, peers) = (Tree::new(), Vec::new(), Vec::new());
        let mut hub = Self {
            log,
            reader,
            directory,
            ledger,
            index,
            tree,
            authority,
            issues,
            peers,
        };
        hub.append(&[charters[0].clone()]);
        hub
    }

    pub(crate) fn chain(&self) -> Arc<CharterChain> {
        self.directory.borrow().chain(self.log.hub).unwrap().clone()
    }

    /// Learns of a next charter that replaces the customs key and revokes it from this index on. It is not logged yet.
    pub(crate) fn revoke_customs(&mut self, first_bad_index: u64) -> Record {
        let chain = self.chain();
        let (window, new_key) = ((NOW, NOW.plus(300 * DAY)), SecretKey::from_seed(&[7; 32]));
        let mut plan = RefreshPlan::unchanged(&chain, NOW.plus(1), NOW.plus(300 * DAY));
        plan.roles.retain(|role| role.duty != Duty::Customs);
        plan.roles
            .push(role(new_key.public().to_bytes(), Duty::Customs, window, 800 * DAY));
        plan.revoked.push(Revocation {
            kid: key(self.log.hub, Duty::Customs).id(),
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index,
        });
        let kept = DUTIES.into_iter().filter(|duty| *duty != Duty::Customs);
        let kept: Vec<SecretKey> = kept.map(|duty| key(self.log.hub, duty)).collect();
        let keys: Vec<&SecretKey> = kept.iter().chain([&new_key]).collect();
        let root = SecretKey::from_seed(&[self.log.hub.as_str().as_bytes()[0]; 32]);
        let charter = CharterDraft::refresh(&chain, plan).unwrap();
        let charter = charter.sign_all(&[&root], &keys).unwrap();
        self.directory.send_modify(|directory| {
            let adopted = Arc::make_mut(directory).adopt_chain(self.log.hub, std::slice::from_ref(&charter));
            adopted.unwrap();
        });
        self.authority.set_chain(self.chain());
        self.index.reopen(self.log, first_bad_index, 1).unwrap();
        charter
    }

    /// Logs a charter that is known.
    pub(crate) fn log_charter(&mut self, charter: &Record) {
        self.authority.note_charter(self.tree.size(), charter).unwrap();
        self.append(std::slice::from_ref(charter));
    }

    /// Makes records durable, and then the checkpoint that covers them.
    fn append(&mut self, records: &[Record]) {
        let start = self.tree.size();
        let leaves: Vec<Hash> = records.iter().map(|record| leaf_hash(record.bytes())).collect();
        leaves.iter().for_each(|leaf| self.tree.append(*leaf));
        let bytes = records.iter().map(|record| record.bytes().clone()).collect();
        let guard = Guard {
            size: self.tree.size(),
            root: self.tree.root(),
        };
        self.commit(vec![
            Item::Entries {
                log: self.log,
                start,
                records: bytes,
                leaves,
            },
            Item::Fact(Fact::Guard(self.log, guard)),
        ]);
        let checkpoint = self.signed();
        self.commit(vec![Item::Fact(Fact::Checkpoint(self.log.hub, checkpoint))]);
    }

    /// Holds the log of another hub, of its charter and these records, and examines it.
    pub(crate) fn carry(&mut self, hub: HubCode, records: &[Record]) {
        let log = LogId { hub, epoch: 0 };
        let all = [&[genesis(hub)], records].concat();
        let leaves = all.iter().map(|record| leaf_hash(record.bytes())).collect();
        let bytes = all.iter().map(|record| record.bytes().clone()).collect();
        self.commit(vec![Item::Entries {
            log,
            start: 0,
            records: bytes,
            leaves,
        }]);
        let chain = self.directory.borrow().chain(hub).unwrap().clone();
        let mut authority = Authority::new(log, chain);
        authority.note_charter(0, &all[0]).unwrap();
        let findings: Vec<_> = (0..)
            .zip(&all)
            .map(|(index, record)| examine(record, log.at(index), &authority).unwrap())
            .collect();
        let judged = Judged {
            log,
            from: 0,
            findings: &findings,
            charters: authority.logged(),
            under_charter: 0,
        };
        self.index.apply_findings(&judged).unwrap();
    }

    fn commit(&mut self, items: Vec<Item>) {
        self.ledger.commit(&[Commit { id: CommitId(0), items }]).unwrap();
        self.index.follow().unwrap();
    }

    fn signed(&self) -> SignedCheckpoint {
        let mut checkpoint = SignedCheckpoint {
            epoch: 0,
            charter: self.chain().newest().name(),
            size: self.tree.size(),
            root: self.tree.root(),
            signature: [0; 64],
        };
        let body = checkpoint.note(&net(), self.log.hub).body();
        checkpoint.signature = key(self.log.hub, Duty::Log).sign(body.as_bytes());
        checkpoint
    }

    /// The witness of `RW` signs the newest checkpoint.
    pub(crate) fn cosign(&mut self) {
        let checkpoint = self.signed();
        let message = Cosignature::message(&checkpoint.note(&net(), self.log.hub), NOW.0 + 60);
        let signature = key(code("RW"), Duty::Witness).sign(message.as_bytes());
        let cosignatures = vec![WitnessSignature {
            hub: code("RW"),
            time: NOW.plus(60),
            signature,
        }];
        let cosigned = CosignedCheckpoint {
            checkpoint,
            cosignatures,
        };
        self.commit(vec![Item::Fact(Fact::Cosigned(self.log.hub, cosigned))]);
    }

    /// Examines what was not examined yet.
    pub(crate) fn examine(&mut self) {
        let from = self.reader.examined_to(self.log);
        let records = self.reader.range(self.log, from, self.tree.size()).unwrap();
        let judge = |(index, bytes): (u64, Bytes)| {
            examine(&Record::decode(bytes).unwrap(), self.log.at(index), &self.authority).unwrap()
        };
        let findings: Vec<_> = (from..).zip(records).map(judge).collect();
        let judged = Judged {
            log: self.log,
            from,
            findings: &findings,
            charters: self.authority.logged(),
            under_charter: self.authority.chain().number(),
        };
        self.index.apply_findings(&judged).unwrap();
    }

    /// Appends pulses, which take no JSON.
    pub(crate) fn pulses(&mut self, count: u32) {
        let draft = |sequence| Pulse { sequence }.draft(self.log.hub, NOW);
        let signing = key(self.log.hub, Duty::Log);
        let records: Vec<_> = (0..count)
            .map(|sequence| draft(sequence).sign(&signing).unwrap())
            .collect();
        self.append(&records);
    }

    fn issue(&mut self, drafts: Vec<IssueInput>) -> Vec<IssueAnswer> {
        self.issues.push(drafts.len());
        let mut fresh: Vec<Record> = Vec::new();
        let answers = drafts
            .into_iter()
            .map(|draft| self.issue_one(draft, &mut fresh))
            .collect();
        if !fresh.is_empty() {
            self.append(&fresh);
        }
        answers
    }

    fn issue_one(&self, input: IssueInput, fresh: &mut Vec<Record>) -> IssueAnswer {
        let duty = match input.kind {
            RecordKind::CREDENTIAL => Duty::Registrar,
            RecordKind::TARIFF_EDITION => Duty::Tariff,
            _ => Duty::Customs,
        };
        let issued_at = input.issued_at.unwrap_or(NOW);
        let draft = Draft {
            kind: input.kind,
            issuer: self.log.hub,
            subject: input.subject,
            issued_at,
            expires_at: input.expires_at.unwrap_or_else(|| issued_at.plus(90 * DAY)),
            not_before: input.not_before,
            payload: input.payload,
        };
        let record = draft.sign(&key(self.log.hub, duty)).unwrap();
        let next = self.tree.size() + fresh.len() as u64;
        let same =
            |other: &Record| other.header().subject == input.subject && other.header().revision == input.revision;
        if let Some(offset) = fresh.iter().position(same) {
            return answered(&record, &fresh[offset], self.log.at(self.tree.size() + offset as u64));
        }
        let known = self.reader.by_document(&Document::of(record.header())).unwrap();
        if let Some(position) = known {
            let standing = Record::decode(self.reader.record(&position).unwrap().unwrap()).unwrap();
            return answered(&record, &standing, position);
        }
        let issued = Issued::new(record.id(), self.log.at(next));
        fresh.push(record);
        Ok(issued)
    }

    fn status(&self) -> Status {
        let entry = FrontierEntry {
            epoch: 0,
            size: self.tree.size(),
            root: self.tree.root(),
            behind: 0,
            examined_to: self.reader.examined_to(self.log),
        };
        Status {
            schema: StatusSchema,
            hub: self.log.hub,
            version: "0.1.0".into(),
            net: net(),
            state: NodeState::Running,
            uptime_ms: 1,
            addresses: vec!["/ip4/127.0.0.1/tcp/7780".into()],
            log: LogHead {
                epoch: 0,
                size: self.tree.size(),
                root: self.tree.root(),
                cosignatures: 0,
                cosigned_size: 0,
            },
            frontier: BTreeMap::from([(self.log.hub, entry)]),
            peers: vec![Peer {
                peer_id: "12D3KooTest".into(),
                hub: code("RW"),
                address: "/ip4/192.0.2.1/tcp/1".into(),
            }],
            schedules: ewtp_api::ScheduleCounts::default(),
            waiting: Vec::new(),
            alarms: Vec::new(),
        }
    }
}

fn answered(asked: &Record, standing: &Record, position: Position) -> IssueAnswer {
    if Asked::for_payload(asked.payload()).is_met_by(&Statement::of(standing)) {
        Ok(Issued::new(standing.id(), position))
    } else {
        Err(IssueFault::AlreadyIssuedDifferently {
            existing: standing.id(),
        })
    }
}

impl Running {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("admin.sock");
        let hub = Hub::open(&folder);
        let schedules = Schedules::open(folder.path(), 16 << 20).unwrap();
        let (status, watched_status) = watch::channel(Arc::new(hub.status()));
        let (grown, watched_grown) = watch::channel(());
        let directory = hub.directory.subscribe();
        let (sender, receiver) = commands();
        let reader = hub.reader.clone();
        let api = Api {
            reader,
            started: Instant::now(),
            directory,
            status: watched_status,
            grown: watched_grown,
            commands: sender,
            schedules: schedules.clone(),
            policy: folder.path().join("policy.json"),
            desk: Arc::default(),
        };
        let server = Server::bind(&socket)
            .await
            .unwrap()
            .also_at("127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        let address = server.address().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(api, async {
            let _ = stopped.await;
        }));
        let hub = Arc::new(Mutex::new(hub));
        tokio::spawn(obey(hub.clone(), receiver));
        let client = Client::new(Target::Socket(socket.clone()));
        Self {
            hub,
            client,
            socket,
            address,
            schedules,
            grown,
            status,
            stop: Some(stop),
            serving,
            _folder: folder,
        }
    }

    /// Examines everything, tells followers, and refreshes the status.
    pub(crate) async fn settle(&self) {
        let mut hub = self.hub.lock().await;
        hub.examine();
        self.status.send_replace(Arc::new(hub.status()));
        self.grown.send_replace(());
    }

    /// Ends the server and waits for it.
    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        (&mut self.serving).await.unwrap();
    }
}

/// What a runtime does with commands.
async fn obey(hub: Arc<Mutex<Hub>>, mut commands: mpsc::Receiver<Command>) {
    while let Some(command) = commands.recv().await {
        match command {
            Command::Issue { drafts, answer } => drop(answer.send(hub.lock().await.issue(drafts))),
            Command::AddPeer { peer, answer } => {
                hub.lock().await.peers.extend(peer.addresses);
                let _ = answer.send(Ok(()));
            }
            Command::RemovePeer { address, answer } => {
                hub.lock().await.peers.retain(|known| *known != address);
                let _ = answer.send(Ok(()));
            }
            Command::ResumeLog { past, answer } => {
                let known = past >= 57;
                let refused = || ewtp_api::Problem::new("not-resumed", "a log of 57 records is known");
                let _ = answer.send(known.then_some(()).ok_or_else(refused));
            }
            Command::Stop { answer } => drop(answer.send(())),
        }
    }
}
