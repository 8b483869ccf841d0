namespace ClipSharp.Evaluation.Templates;

/// <summary>Templates that are measured together.</summary>
/// <param name="Name">"all", "bare names", "best alone" or "selected".</param>
/// <param name="Templates">Which.</param>
/// <param name="Value">On pictures by which nothing was chosen.</param>
public sealed record TemplateEnsemble(string Name, IReadOnlyList<string> Templates, TemplateValue Value);
