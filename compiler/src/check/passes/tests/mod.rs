mod build;
mod trees;
