//! The virtual machine of Hydra.
