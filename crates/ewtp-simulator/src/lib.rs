//! Many engines in one thread from one seed: delay, loss, partition, crash, clock
