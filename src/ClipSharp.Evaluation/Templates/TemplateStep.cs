namespace ClipSharp.Evaluation.Templates;

/// <summary>A step of forward selection.</summary>
/// <param name="Template">The template that was added.</param>
/// <param name="Value">What the ensemble of those up to it gives, 0 to 1.</param>
public readonly record struct TemplateStep(int Template, double Value);
