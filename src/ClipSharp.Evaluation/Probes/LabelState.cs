namespace ClipSharp.Evaluation.Probes;

/// <summary>Whether a label applies to a picture.</summary>
public enum LabelState : byte
{
    /// <summary>It does not.</summary>
    Absent,

    /// <summary>It does.</summary>
    Present,

    /// <summary>Not told, or too difficult: the picture counts for the other labels only.</summary>
    Ignored,
}
