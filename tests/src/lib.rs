//! Whole-system tests: vectors, simulation, end to end over real processes, command-line transcripts
