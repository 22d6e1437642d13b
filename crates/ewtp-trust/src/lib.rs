//! Who may sign what, when: charter chains, the directory, examination of a logged record
