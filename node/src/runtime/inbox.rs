//! What the loop takes next.
//!
//! Whatever has something is as likely as every other to be taken: a source that never falls silent (a flood of gossip, a
//! caller who issues without a pause) makes the others wait their turn and no longer. What the disk says comes first, because
//! it frees what others wait for, and a stretch of it is bounded all the same.

use ewtp_api::Command;
use ewtp_network::NetworkEvent;
use tokio::sync::mpsc;

use super::Event;

/// Words of the disk taken in a row before the others have their turn. There are never more than the loop has caused: each
/// answers a commit, or is a step of the examiner's.
const STORED_IN_A_ROW: usize = 32;

/// See the module.
pub(super) struct Inbox {
    /// What the threads of the store say: always taken, so that they never wait for what waits for them.
    pub(super) stored: mpsc::Receiver<Event>,
    /// What workers made.
    pub(super) events: mpsc::Receiver<Event>,
    pub(super) network: mpsc::Receiver<NetworkEvent>,
    pub(super) commands: mpsc::Receiver<Command>,
    stored_in_a_row: usize,
}

/// One thing to do.
pub(super) enum Incoming {
    Event(Event),
    Network(NetworkEvent),
    Command(Command),
}

/// What may be taken now beside what the disk says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Takes {
    /// The disk can be given more to do: while it cannot, who brings something waits.
    pub(super) more: bool,
    /// A further command too.
    pub(super) commands: bool,
}

impl Inbox {
    pub(super) fn new(
        stored: mpsc::Receiver<Event>,
        events: mpsc::Receiver<Event>,
        network: mpsc::Receiver<NetworkEvent>,
        commands: mpsc::Receiver<Command>,
    ) -> Self {
        Self {
            stored,
            events,
            network,
            commands,
            stored_in_a_row: 0,
        }
    }

    /// The next thing to do. Nothing is lost when the wait is given up.
    pub(super) async fn next(&mut self, takes: Takes) -> Incoming {
        if self.stored_in_a_row < STORED_IN_A_ROW
            && let Ok(event) = self.stored.try_recv()
        {
            self.stored_in_a_row += 1;
            return Incoming::Event(event);
        }
        self.stored_in_a_row = 0;
        // Without `biased` the macro begins at a branch drawn at random each time.
        tokio::select! {
            Some(event) = self.stored.recv() => Incoming::Event(event),
            Some(event) = self.events.recv(), if takes.more => Incoming::Event(event),
            Some(event) = self.network.recv(), if takes.more => Incoming::Network(event),
            Some(command) = self.commands.recv(), if takes.more && takes.commands => Incoming::Command(command),
            else => std::future::pending().await,
        }
    }

    /// The threads may wait for room; nobody takes these any more.
    pub(super) fn close(&mut self) {
        self.events.close();
        self.stored.close();
    }
}

#[cfg(test)]
mod tests {
    use ewtp_federation::Input;
    use tokio::sync::oneshot;

    use super::*;

    const ALL: Takes = Takes {
        more: true,
        commands: true,
    };

    struct Outside {
        stored: mpsc::Sender<Event>,
        events: mpsc::Sender<Event>,
        network: mpsc::Sender<NetworkEvent>,
        commands: mpsc::Sender<Command>,
    }

    fn inbox() -> (Outside, Inbox) {
        let (stored, stored_out) = mpsc::channel(64);
        let (events, events_out) = mpsc::channel(64);
        let (network, network_out) = mpsc::channel(64);
        let (commands, commands_out) = mpsc::channel(64);
        let outside = Outside {
            stored,
            events,
            network,
            commands,
        };
        (outside, Inbox::new(stored_out, events_out, network_out, commands_out))
    }

    fn fill(sender: &mpsc::Sender<Event>) {
        while sender.try_send(Event::Input(Input::Tick)).is_ok() {}
    }

    fn listening() -> NetworkEvent {
        let address = "/ip4/127.0.0.1/tcp/1".to_owned();
        NetworkEvent::Listening { address }
    }

    #[tokio::test]
    async fn sources_that_never_fall_silent_starve_no_other() {
        let (outside, mut inbox) = inbox();
        let (answer, _answered) = oneshot::channel();
        outside.network.try_send(listening()).unwrap();
        outside.commands.try_send(Command::Stop { answer }).unwrap();
        let (mut network, mut commands) = (0, 0);
        // By chance alone one of them would be passed over so often once in 10^50 times.
        for _ in 0..400 * STORED_IN_A_ROW {
            fill(&outside.stored);
            fill(&outside.events);
            match inbox.next(ALL).await {
                Incoming::Network(_) => network += 1,
                Incoming::Command(_) => commands += 1,
                Incoming::Event(_) => {}
            }
        }
        assert_eq!((network, commands), (1, 1));
    }

    #[tokio::test]
    async fn while_the_disk_has_enough_to_do_only_what_it_says_is_taken() {
        let (outside, mut inbox) = inbox();
        fill(&outside.events);
        outside.network.try_send(listening()).unwrap();
        outside
            .stored
            .try_send(Event::StorageFailed("full".to_owned()))
            .unwrap();
        let nothing = Takes {
            more: false,
            commands: true,
        };
        let first = inbox.next(nothing).await;
        assert!(matches!(first, Incoming::Event(Event::StorageFailed(_))));
        tokio::select! {
            biased;
            _ = inbox.next(nothing) => panic!("it had to wait"),
            () = std::future::ready(()) => {}
        }
        assert!(matches!(
            inbox.next(ALL).await,
            Incoming::Event(Event::Input(_)) | Incoming::Network(_)
        ));
    }
}
