use hydrac::{load::*, *};
struct L;
impl Loader for L { fn read(&mut self, p: &str) -> Result<Vec<u8>, String> { std::fs::read(p).map_err(|e| e.to_string()) } }
fn main() {
    std::thread::Builder::new().stack_size(256 << 20).spawn(run).unwrap().join().unwrap();
}
fn run() {
    let list = std::env::args().any(|a| a == "--listing");
    for path in std::env::args().skip(1) {
        if path.starts_with("--") { continue; }
        let loaded = if path.contains("import") { load(&path, &mut L) } else {
            let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap().replace("\r\n", "\n").replace('\u{feff}', "");
            let (program, reports) = hydrac::syntax::parse(0, &text);
            Loaded { sources: vec![hydra_bytecode::Source { path: path.clone(), text }], files: vec![File { program, imports: vec![] }], scripts: vec![("time".into(), String::new())], reports }
        };
        let t = std::time::Instant::now();
        let mut defines = vec![]; if path.contains("const_param") { defines.push(("N".to_string(), "4".to_string())); }
        let checked = hydrac::check::resolve::resolve(&loaded, &Options { defines });
        if std::env::args().any(|a| a == "--time") { eprintln!("{:?}", t.elapsed()); }
        let name = path.rsplit('/').next().unwrap();
        for r in loaded.reports.iter().chain(&checked.reports) {
            if !r.is_error() && !std::env::args().any(|a| a == "--warn") { continue; }
            let p = r.span.map(|s| loaded.sources[s.file as usize].line_column(s.start));
            println!("{name}: {p:?} {} {} | {} | {:?}", r.code, r.message, r.help.clone().unwrap_or_default(), r.notes.iter().map(|n| n.text.clone()).collect::<Vec<_>>());
        }
        if list { if let Some(p) = &checked.program { println!("{}", hydrac::check::print::listing(p)); } }
        if checked.program.is_none() != name.starts_with("err_") { println!("   ^^^ {name}: {}", checked.program.is_some()); }
    }
}
