namespace ClipSharp.Hub;

/// <summary>The kinds of repository that are read from the hub.</summary>
public enum RepoType
{
    /// <summary>A model.</summary>
    Model,

    /// <summary>A data set.</summary>
    Dataset,
}
