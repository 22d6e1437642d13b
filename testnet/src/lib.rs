//! The whole federation on one machine: hubs as real processes on loopback, sample trade, faults
