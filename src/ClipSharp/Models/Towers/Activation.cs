namespace ClipSharp.Models.Towers;

/// <summary>What stands between the two maps of a perceptron.</summary>
public enum Activation
{
    /// <summary>x · Φ(x), exact: open_clip's.</summary>
    Gelu,

    /// <summary>Its approximation by the hyperbolic tangent (Hendrycks and Gimpel 2016): SigLIP 2's.</summary>
    TanhGelu,

    /// <summary>x · sigmoid(1.702 x): OpenAI's.</summary>
    QuickGelu,
}
