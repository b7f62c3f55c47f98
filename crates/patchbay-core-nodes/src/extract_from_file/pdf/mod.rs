//! The text of a PDF, page by page, and what it says of itself. Scanned pages hold no text.

mod letters;

use std::collections::BTreeMap;

use bytes::Bytes;
use lopdf::content::Content;
use lopdf::{Dictionary, Document, Encoding, LoadOptions, Object as PdfObject, ObjectId};
use patchbay_model::{Object, Text, Value};
use patchbay_node::{Context, NodeError};

use self::letters::{Letters, ligatures};
use crate::files::{guarded, text};

/// What one stream of a PDF may unpack to, in bytes.
const LARGEST: usize = 64 << 20;
/// The version of the library by which n8n reads PDFs: a part of its answer.
const VERSION: &str = "5.3.31";

const CODE: &str = "E0980";

fn invalid() -> NodeError {
    NodeError::new(CODE, "Invalid PDF structure.")
}

/// `{numpages, numrender, info, text, version}`
pub(super) fn read(context: &Context<'_>, bytes: &Bytes, index: usize) -> Result<Object, NodeError> {
    let password = text(context, "options.password", index)?.map(|password| password.to_string());
    let joined = context
        .optional("options.joinPages", index)?
        .is_none_or(|value| value.truthy());
    let most = context.value("options.maxPages", index)?;
    let most = if most.truthy() {
        context.number("options.maxPages", index)? as usize
    } else {
        usize::MAX
    };
    let bytes = bytes.clone();
    guarded(CODE, move || extracted(&bytes, password, joined, most))
}

fn extracted(bytes: &[u8], password: Option<String>, joined: bool, most: usize) -> Result<Object, NodeError> {
    if !bytes.windows(5).take(1024).any(|start| start == b"%PDF-") {
        return Err(invalid());
    }
    let options = LoadOptions {
        password,
        max_decompressed_size: Some(LARGEST),
        ..LoadOptions::default()
    };
    let document = Document::load_mem_with_options(bytes, options).map_err(|error| {
        let error = error.to_string();
        if error.to_lowercase().contains("password") {
            NodeError::new(CODE, "No password given").hint("set the password in the node's options")
        } else {
            invalid().hint(error)
        }
    })?;
    if document.is_encrypted() {
        return Err(NodeError::new(CODE, "No password given").hint("set the password in the node's options"));
    }
    let pages = document.get_pages();
    if pages.is_empty() {
        return Err(invalid().hint("the file names no page"));
    }
    let texts: Vec<Text> = pages
        .values()
        .take(most)
        .map(|page| page_text(&document, *page).into())
        .collect();
    let mut made = Object::new();
    made.insert("numpages", pages.len());
    made.insert("numrender", pages.len());
    made.insert("info", info(&document));
    made.insert(
        "text",
        if joined {
            Value::text(texts.join("\n\n"))
        } else {
            Value::array(texts.into_iter().map(Value::Text).collect())
        },
    );
    made.insert("version", VERSION);
    Ok(made)
}

fn info(document: &Document) -> Object {
    let catalog = document.catalog().ok();
    let has = |key: &[u8]| catalog.is_some_and(|catalog| catalog.has(key));
    let form = catalog.and_then(|catalog| dictionary(document, catalog.get(b"AcroForm").ok()?));
    let fields = form.and_then(|form| form.get(b"Fields").ok()?.as_array().ok());
    let language = catalog.and_then(|catalog| string(document, catalog.get(b"Lang").ok()?));
    let signed = form
        .and_then(|form| form.get(b"SigFlags").ok()?.as_i64().ok())
        .is_some_and(|flags| flags & 1 == 1);
    let mut info = Object::new();
    info.insert("PDFFormatVersion", document.version.as_str());
    info.insert("Language", language);
    info.insert("EncryptFilterName", document.was_encrypted().then_some("Standard"));
    info.insert("IsLinearized", document.objects.values().any(is_linearized));
    info.insert("IsAcroFormPresent", fields.is_some_and(|fields| !fields.is_empty()));
    info.insert("IsXFAPresent", form.is_some_and(|form| form.has(b"XFA")));
    info.insert("IsCollectionPresent", has(b"Collection"));
    info.insert("IsSignaturesPresent", signed);
    let own = document
        .trailer
        .get(b"Info")
        .ok()
        .and_then(|info| dictionary(document, info));
    for (key, value) in own.into_iter().flatten() {
        if let Some(text) = string(document, value) {
            info.insert(String::from_utf8_lossy(key).into_owned(), text);
        }
    }
    info
}

fn is_linearized(object: &PdfObject) -> bool {
    object.as_dict().is_ok_and(|dictionary| dictionary.has(b"Linearized"))
}

fn dictionary<'d>(document: &'d Document, object: &'d PdfObject) -> Option<&'d Dictionary> {
    document.dereference(object).ok()?.1.as_dict().ok()
}

/// UTF-16 with a mark at the start, or a byte a character.
fn string(document: &Document, object: &PdfObject) -> Option<String> {
    let bytes = document.dereference(object).ok()?.1.as_str().ok()?;
    Some(match bytes {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE.decode(rest).0.into_owned(),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => bytes.iter().map(|byte| char::from(*byte)).collect(),
    })
}

fn page_text(document: &Document, page: ObjectId) -> String {
    let Some(operations) = document
        .get_page_content_with_limit(page, LARGEST)
        .ok()
        .and_then(|content| Content::decode(&content).ok())
    else {
        return String::new();
    };
    let fonts = document.get_page_fonts(page).unwrap_or_default();
    let encodings: BTreeMap<&[u8], Encoding<'_>> = fonts
        .iter()
        .filter_map(|(name, font)| {
            Some((
                name.as_slice(),
                font.get_font_encoding_with_limit(document, LARGEST).ok()?,
            ))
        })
        .collect();
    let ligatures: BTreeMap<&[u8], BTreeMap<u8, &'static str>> = fonts
        .iter()
        .map(|(name, font)| (name.as_slice(), ligatures(document, font)))
        .collect();
    let mut writer = Writer::default();
    let mut font = Letters::default();
    for operation in &operations.operations {
        let operands = &operation.operands;
        let number = |place: usize| {
            operands
                .get(place)
                .and_then(|operand| operand.as_float().ok())
                .unwrap_or_default()
        };
        match operation.operator.as_str() {
            "BT" => writer.place([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
            "Tf" => {
                let name = operands.first().and_then(|name| name.as_name().ok());
                font = Letters {
                    encoding: name.and_then(|name| encodings.get(name)),
                    ligatures: name
                        .and_then(|name| ligatures.get(name))
                        .filter(|known| !known.is_empty()),
                };
                writer.size = number(1);
            }
            "TL" => writer.leading = number(0),
            "Td" => writer.advance(number(0), number(1)),
            "TD" => {
                writer.leading = -number(1);
                writer.advance(number(0), number(1));
            }
            "Tm" => writer.place([number(0), number(1), number(2), number(3), number(4), number(5)]),
            "T*" => writer.advance(0.0, -writer.leading),
            "Tj" => writer.show(operands.first(), &font),
            "'" | "\"" => {
                writer.advance(0.0, -writer.leading);
                writer.show(operands.last(), &font);
            }
            "TJ" => {
                for part in operands
                    .first()
                    .and_then(|parts| parts.as_array().ok())
                    .into_iter()
                    .flatten()
                {
                    match part.as_float() {
                        Ok(back) => writer.skip(-back / 1000.0),
                        Err(_) => writer.show(Some(part), &font),
                    }
                }
            }
            _ => {}
        }
    }
    writer.text
}

/// Puts pieces of text together by where they stand: a lower piece begins a line, one further right comes after a space.
#[derive(Default)]
struct Writer {
    text: String,
    size: f32,
    leading: f32,
    /// Of the text's lines.
    matrix: [f32; 6],
    /// Right of the line's start, in units of the font's size.
    moved: f32,
    /// Where the last piece ended.
    last: Option<(f32, f32)>,
}

/// In units of the font's size: what a letter takes, about, and from where on a gap is a space.
const LETTER: f32 = 0.5;
const GAP: f32 = 0.2;

impl Writer {
    fn place(&mut self, matrix: [f32; 6]) {
        self.matrix = matrix;
        self.moved = 0.0;
    }

    fn advance(&mut self, x: f32, y: f32) {
        let mut matrix = self.matrix;
        matrix[4] += matrix[0] * x + matrix[2] * y;
        matrix[5] += matrix[1] * x + matrix[3] * y;
        self.place(matrix);
    }

    fn skip(&mut self, by: f32) {
        self.moved += by;
        if by > GAP && !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
            self.last = None;
        }
    }

    fn show(&mut self, piece: Option<&PdfObject>, font: &Letters<'_>) {
        let Some(bytes) = piece.and_then(|piece| piece.as_str().ok()) else {
            return;
        };
        let piece = font.decoded(bytes);
        if piece.is_empty() {
            return;
        }
        let scale = self.size * self.matrix[0].abs().max(self.matrix[1].abs());
        let (x, y) = (self.matrix[4] + self.moved * scale, self.matrix[5]);
        if let Some((last_x, last_y)) = self.last {
            if (y - last_y).abs() > scale * LETTER {
                self.text.push('\n');
            } else if x - last_x > scale * GAP && !self.text.ends_with(' ') && !piece.starts_with(' ') {
                self.text.push(' ');
            }
        }
        self.moved += piece.chars().count() as f32 * LETTER;
        self.text.push_str(&piece);
        self.last = Some((self.matrix[4] + self.moved * scale, y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lopdf::{Stream, dictionary as pdf};
    use proptest::prelude::*;

    fn document(pages: &[&str]) -> Vec<u8> {
        let mut document = Document::with_version("1.5");
        let root = document.new_object_id();
        let font = document.add_object(pdf! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
        let resources = document.add_object(pdf! { "Font" => pdf! { "F1" => font } });
        let pages: Vec<PdfObject> = pages
            .iter()
            .map(|content| {
                let content = document.add_object(Stream::new(pdf! {}, content.as_bytes().to_vec()));
                let page = pdf! { "Type" => "Page", "Parent" => root, "Contents" => content, "Resources" => resources };
                document.add_object(page).into()
            })
            .collect();
        let count = pages.len() as i64;
        document.objects.insert(
            root,
            PdfObject::Dictionary(pdf! { "Type" => "Pages", "Kids" => pages, "Count" => count }),
        );
        let catalog = document.add_object(pdf! { "Type" => "Catalog", "Pages" => root });
        let info = document.add_object(pdf! { "Title" => PdfObject::string_literal("My Title") });
        document.trailer.set("Root", catalog);
        document.trailer.set("Info", info);
        let mut bytes = Vec::new();
        document.save_to(&mut bytes).expect("saved");
        bytes
    }

    const FIRST: &str = "BT /F1 24 Tf 72 700 Td (Hello World) Tj 0 -30 Td (Second line) Tj ET";
    const SECOND: &str = "BT /F1 12 Tf 72 700 Td (Page two) Tj ET BT /F1 12 Tf 200 700 Td (right) Tj ET \
                          BT /F1 12 Tf 72 650 Td [(Ker) -20 (ned) -800 (gap)] TJ ET";

    #[test]
    fn pages_become_text() {
        let bytes = document(&[FIRST, SECOND]);
        for (joined, most, expected) in [
            (
                true,
                usize::MAX,
                Value::text("Hello World\nSecond line\n\nPage two right\nKerned gap"),
            ),
            (false, 1, Value::array(vec![Value::text("Hello World\nSecond line")])),
        ] {
            let read = extracted(&bytes, None, joined, most).expect("read");
            assert_eq!(read.get("text"), Some(&expected));
            assert_eq!(read.get("numpages"), Some(&Value::Number(2.0)));
            assert_eq!(
                read.get("info").and_then(|info| info.get("Title")),
                Some(&Value::text("My Title"))
            );
        }
        assert!(extracted(b"no pdf", None, true, 1).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn malformed_files_end_in_an_error(
            mut bytes in Just(document(&[FIRST, SECOND])),
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..12),
            cut in any::<proptest::sample::Index>(),
        ) {
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            bytes.truncate(cut.index(bytes.len()) + 1);
            let _ = guarded(CODE, move || extracted(&bytes, None, true, 10));
        }
    }
}
