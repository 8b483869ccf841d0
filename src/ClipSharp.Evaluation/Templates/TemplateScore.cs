namespace ClipSharp.Evaluation.Templates;

/// <summary>How a template does.</summary>
/// <param name="Template">The template, with <c>{}</c>.</param>
/// <param name="Alone">Without any other.</param>
/// <param name="Without">The ensemble of all others; null where there are none. A negative difference says that the template
/// helps.</param>
public sealed record TemplateScore(string Template, TemplateValue Alone, TemplateValue? Without);
