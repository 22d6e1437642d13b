//! The engine, sans-IO: announcements, replicas, journal, witness, sync and peers as one state machine
