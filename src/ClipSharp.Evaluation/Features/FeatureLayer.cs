namespace ClipSharp.Evaluation.Features;

/// <summary>Where in the image tower features are taken.</summary>
public enum FeatureLayer
{
    /// <summary>The joint space: unit vectors [N, E].</summary>
    Projected,

    /// <summary>Before the last projection, [N, D], not of unit length: what the paper's probes use (appendix A).</summary>
    Pooled,
}
