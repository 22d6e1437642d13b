//! The suite that every engine passes.

mod commit;
