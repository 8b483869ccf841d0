// All of it computes: run as a plain processor too (scripts/test).
[assembly: Trait("Category", "Numeric")]
