//! How much a document asks for once its fragments are spread out.
//!
//! Fragments that spread others twice double with each level: forty of them would keep the
//! library's own checks busy for days, so this look comes before them, and stops when it has
//! seen enough.

use async_graphql::parser::types::{ExecutableDocument, Selection};

/// Generous: a full introspection query has about two hundred.
const MAX_SELECTIONS: usize = 5000;

pub fn check(document: &ExecutableDocument) -> Result<(), String> {
    let operations = document.operations.iter().map(|(_, operation)| {
        let operation = &operation.node;
        &operation.selection_set.node
    });
    let fragments = document.fragments.values();
    let mut open: Vec<_> = operations
        .chain(fragments.map(|fragment| &fragment.node.selection_set.node))
        .collect();
    let mut seen = 0;
    while let Some(set) = open.pop() {
        seen += set.items.len();
        if seen > MAX_SELECTIONS {
            return Err(format!(
                "the document selects more than {MAX_SELECTIONS} fields, fragments spread out"
            ));
        }
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => open.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => open.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let fragment = document.fragments.get(&spread.node.fragment_name.node);
                    open.extend(fragment.map(|fragment| &fragment.node.selection_set.node));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn checked(query: &str) -> Result<(), String> {
        check(&parse_query(query).unwrap())
    }

    #[test]
    fn doubling_and_endless_fragments_are_seen_through() {
        let mut doubling = String::from("{ ...F0 }");
        for n in 0..60 {
            let next = n + 1;
            doubling += &format!("fragment F{n} on Query {{ ...F{next} ...F{next} }}");
        }
        doubling += "fragment F60 on Query { latest }";
        assert!(checked(&doubling).is_err());
        assert!(checked("{ ...A } fragment A on Query { ...A }").is_err());
    }

    #[test]
    fn ordinary_documents_pass() {
        let query = "query A { ...F ... { latest } } query B { ...F } \
            fragment F on Query { history { id author } }";
        assert_eq!(checked(query), Ok(()));
        assert_eq!(checked("{ ...Unknown }"), Ok(()));
    }
}
