//! The admin interface: HTTP and JSON for operators and customs systems, and the client the command line uses
