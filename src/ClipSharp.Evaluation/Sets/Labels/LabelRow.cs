namespace ClipSharp.Evaluation.Sets.Labels;

/// <summary>A line of a table that names a picture's class.</summary>
/// <param name="Picture">The picture's path as it is written.</param>
/// <param name="Label">The class, a number or a name.</param>
/// <param name="Line">From 1.</param>
/// <param name="Fault">Why the line cannot be used, or null.</param>
internal readonly record struct LabelRow(string Picture, string Label, long Line, string? Fault = null);
