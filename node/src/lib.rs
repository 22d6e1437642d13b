//! The ewtp binary: one node of a hub, and every command an operator, officer or developer types
