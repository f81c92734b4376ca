//! Every bound on what a fragment may do, in one place.

/// Bytes of the longest string.
pub const STRING_BYTES_MAX: usize = 1 << 28;

/// Elements of the largest array, all dimensions together.
pub const ARRAY_ELEMENTS_MAX: usize = 1 << 31;

/// How deep arrays and maps of rhai may nest where they leave or enter a fragment.
pub const VALUE_DEPTH_MAX: usize = 256;
