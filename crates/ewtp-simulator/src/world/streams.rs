//! Streams between two connected hubs: control messages, range requests and the bundles that answer them.
//!
//! A stream delivers in order or ends with its connection. While its link is cut everything on it waits.

use std::time::Duration;

use bytes::Bytes;
use ewtp_federation::{Input, RangeRequest, RequestId, Serving, ServingId, bundle, message};
use ewtp_record::NodeKey;
use rand::RngExt as _;

use super::{Event, World};
use crate::observer::What;

/// What repair costs a stream after its link healed, at most.
const RECOVER_WITHIN: Duration = Duration::from_millis(300);

/// Bytes of a range request on the wire, roughly.
const REQUEST_BYTES: usize = 64;

/// Something on a stream.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The connection it belongs to.
    session: u32,
    content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Frame(Bytes),
    Request(RequestId, RangeRequest),
    Bundle(RequestId, Bytes),
    RequestEnd(RequestId),
}

/// Who waits for the answer to a range request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    hub: usize,
    session: u32,
    request: RequestId,
}

impl Content {
    fn bytes(&self) -> usize {
        match self {
            Self::Frame(bytes) | Self::Bundle(_, bytes) => bytes.len(),
            Self::Request(..) => REQUEST_BYTES,
            Self::RequestEnd(_) => 1,
        }
    }
}

impl World {
    pub(super) fn put(&mut self, from: usize, to: usize, session: u32, content: Content) {
        let now = self.schedule.now();
        let at = self.links.stream((from, to), content.bytes(), now, &mut self.random);
        let parcel = Parcel {
            from,
            to,
            session,
            content,
        };
        self.schedule.plan(at, Event::Stream(Box::new(parcel)));
    }

    pub(super) fn arrive(&mut self, parcel: Parcel) {
        let Parcel { from, to, session, .. } = parcel;
        if self.links.session(from, to) != session {
            return;
        }
        // What comes after something that waits must wait too.
        if self.links.is_cut(from, to) || self.stalled.contains_key(&(from, to)) {
            return self.stalled.entry((from, to)).or_default().push(parcel);
        }
        self.take(parcel);
    }

    /// A link healed: what waited on its stream arrives soon.
    pub(super) fn plan_recovery(&mut self, from: usize, to: usize) {
        let takes = self.random.random_range(Duration::ZERO..RECOVER_WITHIN);
        let at = self.schedule.now() + takes;
        self.schedule.plan(at, Event::Recover { from, to });
    }

    pub(super) fn recover(&mut self, from: usize, to: usize) {
        if self.links.is_cut(from, to) {
            return;
        }
        for parcel in self.stalled.remove(&(from, to)).unwrap_or_default() {
            self.take(parcel);
        }
    }

    fn take(&mut self, parcel: Parcel) {
        let Parcel { from, to, content, .. } = parcel;
        let bytes = content.bytes();
        self.trace(
            to,
            What::Stream,
            &[from as u64, bytes as u64].map(u64::to_be_bytes).concat(),
        );
        let sender = self.hubs[from].identity.node;
        match content {
            Content::Frame(frame) => self.take_frame(to, sender, &frame),
            Content::Request(request, range) => {
                let session = parcel.session;
                self.take_request(
                    to,
                    sender,
                    Asker {
                        hub: from,
                        session,
                        request,
                    },
                    range,
                );
            }
            Content::Bundle(request, frame) => self.take_bundle(to, sender, request, &frame),
            Content::RequestEnd(request) => self.give(to, Input::RangeEnded { request }),
        }
    }

    fn take_frame(&mut self, to: usize, from: NodeKey, frame: &Bytes) {
        let input = match message::decode(frame) {
            Ok(message) => Input::Message { from, message },
            Err(fault) => Input::Fault { from, hub: None, fault },
        };
        self.give(to, input);
    }

    fn take_request(&mut self, to: usize, from: NodeKey, asker: Asker, request: RangeRequest) {
        let serving = ServingId(self.next_serving);
        self.next_serving += 1;
        self.servings.insert(serving, asker);
        let input = Input::RangeRequested { from, serving, request };
        self.give(to, input);
    }

    fn take_bundle(&mut self, to: usize, from: NodeKey, request: RequestId, frame: &Bytes) {
        let Some(directory) = self.hubs[to].directory.clone() else {
            return;
        };
        let input = match self.medium.bundle(frame, &self.hubs[to], &directory) {
            Ok(run) => Input::Bundle { from, request, run },
            Err(fault) => Input::Fault { from, hub: None, fault },
        };
        self.give(to, input);
    }

    pub(super) fn send(&mut self, hub: usize, to: NodeKey, frame: Bytes) {
        let to = self.by_node[&to];
        self.observer.bounds.sent_frame(frame.len());
        self.overheard.frame = frame.clone();
        let session = self.links.session(hub, to);
        self.put(hub, to, session, Content::Frame(frame));
    }

    pub(super) fn ask(&mut self, hub: usize, to: NodeKey, request: RequestId, range: RangeRequest) {
        let to = self.by_node[&to];
        let session = self.links.session(hub, to);
        self.put(hub, to, session, Content::Request(request, range));
    }

    /// Sends the frames of a plan, filled from the disk, then the end.
    pub(super) fn serve(&mut self, hub: usize, serving: ServingId, plan: Option<&Serving>) {
        let Some(Asker {
            hub: to,
            session,
            request,
        }) = self.servings.remove(&serving)
        else {
            return;
        };
        let mut bytes = 0;
        for frame in plan.map_or_else(Vec::new, |plan| self.frames(hub, plan)) {
            bytes += frame.len() as u64;
            self.observer.bounds.sent_bundle(frame.len());
            self.overheard.bundle = frame.clone();
            self.put(hub, to, session, Content::Bundle(request, frame));
        }
        self.put(hub, to, session, Content::RequestEnd(request));
        if plan.is_some() {
            let node = self.hubs[to].identity.node;
            self.give(
                hub,
                Input::Served {
                    serving,
                    to: node,
                    bytes,
                },
            );
        }
    }

    fn frames(&self, hub: usize, plan: &Serving) -> Vec<Bytes> {
        let records = &self.hubs[hub].disk.logs[&plan.log].records;
        let of = |bundle: &ewtp_federation::BundlePlan| {
            let index = |of: u64| usize::try_from(of).expect("the disk holds it in memory");
            let stretch = &records[index(bundle.bundle_start)..index(bundle.to)];
            bundle::frames(plan, bundle, stretch)
        };
        plan.bundles.iter().flat_map(of).collect()
    }
}
