//! One connection's side of the gate.

use std::{
    collections::VecDeque,
    fmt, iter, option,
    task::{Context, Poll, Waker, ready},
};

use libp2p::{
    Stream,
    core::upgrade::{InboundUpgrade, UpgradeInfo},
    swarm::{
        ConnectionHandler, ConnectionHandlerEvent, SubstreamProtocol,
        handler::{
            ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound, InboundUpgradeSend,
            ListenUpgradeError, UpgradeInfoSend,
        },
    },
};

/// What the behaviour tells the connection.
pub(crate) enum ToHandler<H: ConnectionHandler> {
    /// Listen for the inner protocol with this handler.
    Open {
        /// Made by the inner behaviour.
        handler: Box<H>,
        /// Its number.
        number: u64,
    },
    /// Speak as well.
    Release,
    /// Fall silent.
    Close,
    /// From the inner behaviour to its handler.
    Inner(H::FromBehaviour),
}

impl<H: ConnectionHandler> fmt::Debug for ToHandler<H> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Open { .. } => "Open",
            Self::Release => "Release",
            Self::Close => "Close",
            Self::Inner(_) => "Inner",
        })
    }
}

/// What the connection tells the behaviour, always with the number of the handler it speaks of.
#[derive(Debug)]
pub(crate) enum ToBehaviour<E> {
    /// The inner handler listens.
    Open { number: u64 },
    /// The inner handler accepts no more streams of its protocol.
    GaveUp { number: u64 },
    /// From the inner handler to its behaviour.
    Inner { number: u64, event: E },
}

/// A handler that may be absent (the gate is closed), may only listen, or may speak.
pub(crate) struct GateHandler<H: ConnectionHandler> {
    inner: Option<Inner<H>>,
    released: bool,
    notes: VecDeque<ToBehaviour<H::ToBehaviour>>,
    /// Streams the inner handler asked for before the gate was released. Gossipsub asks for one.
    held: VecDeque<Request<H>>,
    waker: Option<Waker>,
}

struct Inner<H> {
    handler: H,
    number: u64,
    gave_up: bool,
}

/// An outbound stream to open, its owner's number beside it.
type Request<H> =
    SubstreamProtocol<<H as ConnectionHandler>::OutboundProtocol, (u64, <H as ConnectionHandler>::OutboundOpenInfo)>;

/// What a connection is asked to do, the owner's number beside each stream.
type Wanted<H> = ConnectionHandlerEvent<
    <H as ConnectionHandler>::OutboundProtocol,
    (u64, <H as ConnectionHandler>::OutboundOpenInfo),
    ToBehaviour<<H as ConnectionHandler>::ToBehaviour>,
>;

impl<H: ConnectionHandler> GateHandler<H> {
    pub(crate) fn closed() -> Self {
        Self {
            inner: None,
            released: false,
            notes: VecDeque::new(),
            held: VecDeque::new(),
            waker: None,
        }
    }

    fn put(&mut self, inner: Option<Inner<H>>) {
        self.inner = inner;
        self.released = false;
        self.held.clear();
    }

    /// The inner handler, if the stream was opened for it and not for one before it.
    fn owner(&mut self, number: u64) -> Option<&mut H> {
        self.inner
            .as_mut()
            .filter(|inner| inner.number == number)
            .map(|inner| &mut inner.handler)
    }

    fn poll_inner(&mut self, context: &mut Context<'_>) -> Poll<Wanted<H>> {
        let Some(inner) = &mut self.inner else {
            return Poll::Pending;
        };
        let number = inner.number;
        loop {
            let event = ready!(inner.handler.poll(context))
                .map_custom(|event| ToBehaviour::Inner { number, event })
                .map_outbound_open_info(|info| (number, info));
            match event {
                ConnectionHandlerEvent::OutboundSubstreamRequest { protocol } if !self.released => {
                    self.held.push_back(protocol);
                }
                event => return Poll::Ready(event),
            }
        }
    }

    /// Notes when the inner handler has stopped accepting its own protocol.
    fn notice_giving_up(&mut self) {
        let Some(inner) = self.inner.as_mut().filter(|inner| !inner.gave_up) else {
            return;
        };
        if inner
            .handler
            .listen_protocol()
            .upgrade()
            .protocol_info()
            .next()
            .is_none()
        {
            inner.gave_up = true;
            let number = inner.number;
            self.notes.push_back(ToBehaviour::GaveUp { number });
        }
    }
}

impl<H: ConnectionHandler> ConnectionHandler for GateHandler<H> {
    type FromBehaviour = ToHandler<H>;
    type ToBehaviour = ToBehaviour<H::ToBehaviour>;
    type InboundProtocol = Listen<H::InboundProtocol>;
    type OutboundProtocol = H::OutboundProtocol;
    type InboundOpenInfo = Option<(u64, H::InboundOpenInfo)>;
    type OutboundOpenInfo = (u64, H::OutboundOpenInfo);

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol, Self::InboundOpenInfo> {
        match &self.inner {
            None => SubstreamProtocol::new(Listen(None), None),
            Some(inner) => inner
                .handler
                .listen_protocol()
                .map_upgrade(|upgrade| Listen(Some(upgrade)))
                .map_info(|info| Some((inner.number, info))),
        }
    }

    fn connection_keep_alive(&self) -> bool {
        self.inner.is_some()
    }

    fn on_behaviour_event(&mut self, event: Self::FromBehaviour) {
        match event {
            ToHandler::Open { handler, number } => {
                self.put(Some(Inner {
                    handler: *handler,
                    number,
                    gave_up: false,
                }));
                self.notes.push_back(ToBehaviour::Open { number });
            }
            ToHandler::Release => self.released = true,
            ToHandler::Close => self.put(None),
            ToHandler::Inner(event) => {
                if let Some(inner) = &mut self.inner {
                    inner.handler.on_behaviour_event(event);
                }
            }
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Wanted<H>> {
        if let Some(note) = self.notes.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(note));
        }
        if self.released
            && let Some(protocol) = self.held.pop_front()
        {
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        self.waker = Some(context.waker().clone());
        self.poll_inner(context)
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<
            '_,
            Self::InboundProtocol,
            Self::OutboundProtocol,
            Self::InboundOpenInfo,
            Self::OutboundOpenInfo,
        >,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol,
                info: Some((number, info)),
            }) => {
                if let Some(inner) = self.owner(number) {
                    let made = FullyNegotiatedInbound { protocol, info };
                    inner.on_connection_event(ConnectionEvent::FullyNegotiatedInbound(made));
                }
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol,
                info: (number, info),
            }) => {
                if let Some(inner) = self.owner(number) {
                    let made = FullyNegotiatedOutbound { protocol, info };
                    inner.on_connection_event(ConnectionEvent::FullyNegotiatedOutbound(made));
                }
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError {
                error,
                info: (number, info),
            }) => {
                if let Some(inner) = self.owner(number) {
                    inner.on_connection_event(ConnectionEvent::DialUpgradeError(DialUpgradeError { error, info }));
                }
            }
            ConnectionEvent::ListenUpgradeError(ListenUpgradeError {
                error,
                info: Some((number, info)),
            }) => {
                if let Some(inner) = self.owner(number) {
                    inner.on_connection_event(ConnectionEvent::ListenUpgradeError(ListenUpgradeError { error, info }));
                }
            }
            // A closed gate offers no protocol; of addresses and protocol lists gossipsub's handler makes no use.
            _ => {}
        }
        self.notice_giving_up();
    }
}

/// The inner upgrade, or none while the gate is closed: then there is no protocol to agree on.
pub(crate) struct Listen<U>(Option<U>);

impl<U: InboundUpgradeSend> UpgradeInfo for Listen<U> {
    type Info = U::Info;
    type InfoIter = iter::Flatten<option::IntoIter<U::InfoIter>>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.as_ref().map(U::protocol_info).into_iter().flatten()
    }
}

impl<U: InboundUpgradeSend> InboundUpgrade<Stream> for Listen<U> {
    type Output = U::Output;
    type Error = U::Error;
    type Future = U::Future;

    fn upgrade_inbound(self, stream: Stream, info: Self::Info) -> Self::Future {
        self.0
            .expect("a protocol was agreed on, so one was offered")
            .upgrade_inbound(stream, info)
    }
}
