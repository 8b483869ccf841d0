using ClipSharp.Data.Index;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;

namespace ClipSharp.Search.Updates;

/// <summary>A store while one process changes it: <see cref="IndexUpdate"/> decides what becomes of pictures, this keeps it. Each
/// change is whole or not at all, whenever the process is ended.</summary>
internal interface IPictureWriter : IDisposable
{
    /// <summary>The store as errors name it, such as its folder.</summary>
    string Where { get; }

    /// <summary>What its vectors depend on; null where it is new.</summary>
    IndexModel? Model { get; }

    /// <summary>The pictures that are there, each with the row that names it from now on: a row is never another
    /// picture's.</summary>
    IEnumerable<(long Row, IndexedPicture Picture)> Pictures();

    /// <summary>Pictures that could not be decoded, in the order in which they were tried.</summary>
    IEnumerable<LeftOutPicture> LeftOut();

    /// <summary>The vectors of rows by row; those of rows that were removed may be absent.</summary>
    IReadOnlyDictionary<long, Half[]> Vectors(IReadOnlyCollection<long> rows);

    /// <summary>Makes a change.</summary>
    /// <param name="model">What the vectors depend on; the store's own where it has one.</param>
    /// <param name="change">What comes and goes.</param>
    /// <returns>The rows of what was added.</returns>
    IReadOnlyList<long> Write(IndexModel model, PictureChange change);

    /// <summary>Ends an update: keeps its ledger of what was left out, in place of the last one's.</summary>
    void Finish(IReadOnlyList<SkipReport> leftOut);
}

/// <summary>What becomes of a store.</summary>
/// <param name="Added">Pictures with vectors of E halves, in their order.</param>
/// <param name="Removed">Rows.</param>
/// <param name="LeftOut">Pictures that cannot be decoded: they are not tried again until they change.</param>
internal sealed record PictureChange(IReadOnlyList<NewPicture> Added, IReadOnlyCollection<long> Removed,
    IReadOnlyList<LeftOutPicture> LeftOut);

/// <summary>A picture and its vector of unit length.</summary>
internal readonly record struct NewPicture(IndexedPicture Picture, Half[] Vector);
