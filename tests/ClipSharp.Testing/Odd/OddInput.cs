namespace ClipSharp.Testing.Odd;

/// <summary>A file that is not as it should be, and what to make of it, in the words of the reference data's
/// <c>bad/expected.tsv</c>.</summary>
/// <param name="File">Its path in that folder, such as "tars/mixed.tar".</param>
/// <param name="Verdict">What becomes of it.</param>
/// <param name="Detail">More of the same.</param>
/// <param name="Bytes">Its content.</param>
public sealed record OddInput(string File, string Verdict, string Detail, byte[] Bytes);
