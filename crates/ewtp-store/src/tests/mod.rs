//! The suite that every engine passes.

mod commit;
mod crash;
mod damage;
mod laws;
mod lookup;
