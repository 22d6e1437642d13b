//! The whole federation on one machine: hubs as real processes on loopback, sample trade, faults, proofs.
//!
//! `ewtp-testnet up` lays a folder a hub ([`lay`]), starts a process each ([`supervisor`], [`hub_process`]), issues the
//! sample trade ([`trade`]), publishes tariffs ([`tariff`]) and looks at the hubs until they agree ([`observer`], [`agreement`]). Commands from other
//! terminals reach the supervisor over a socket ([`control`]), the hubs through their own admin interface ([`door`]),
//! and the roads between them through files ([`faults`]).

pub mod cli;
pub mod commands;

pub mod roster;
pub mod seed;
pub mod state;

pub mod lay;
mod ports;

pub mod control;
pub mod hub_process;
pub mod supervisor;

pub mod agreement;
pub mod door;
pub mod observer;
pub mod screen;

pub mod load;
pub mod tariff;
pub mod trade;
pub mod trader;

pub mod faults;
mod road_watch;

pub mod prove;
pub mod up;

mod answer;
pub mod clock;
mod files;
mod memory;
