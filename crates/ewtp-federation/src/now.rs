//! Time, as the engine is given it.

use std::time::Duration;

use ewtp_record::UnixTime;

/// One reading of both clocks, taken by the caller once a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Wall time: decides validity and is stated in cosignatures.
    pub unix: UnixTime,
    /// Monotonic time since an arbitrary start: drives timers.
    pub ticks: Duration,
}
