mod build;
mod text;
mod trees;
