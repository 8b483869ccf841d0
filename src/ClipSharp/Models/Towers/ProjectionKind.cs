namespace ClipSharp.Models.Towers;

/// <summary>How a tower's feature comes into the joint space.</summary>
public enum ProjectionKind
{
    /// <summary>By a matrix.</summary>
    Matrix,

    /// <summary>By a matrix and a bias.</summary>
    Biased,

    /// <summary>As it is: the tower is as wide as the joint space.</summary>
    None,
}
