//! Single cases of the loop.
