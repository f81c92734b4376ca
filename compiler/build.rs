//! Makes the parser from the grammar.

fn main() {
    if std::path::Path::new("src/syntax/grammar.lalrpop").exists() {
        lalrpop::Configuration::new()
            .use_cargo_dir_conventions()
            .process_current_dir()
            .unwrap();
    }
}
