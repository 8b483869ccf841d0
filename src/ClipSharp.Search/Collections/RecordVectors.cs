using System.Numerics.Tensors;
using Microsoft.Extensions.AI;

namespace ClipSharp.Search.Collections;

/// <summary>The vectors that records come with and are searched by, the same for every store.</summary>
internal static class RecordVectors
{
    /// <summary>Of records of one name the last, in their order.</summary>
    public static List<PictureRecord> LastOfEachName(IEnumerable<PictureRecord> records) =>
        [.. records.Reverse().DistinctBy(record => record.Name, StringComparer.Ordinal).Reverse()];

    /// <summary>A record's vector at unit length.</summary>
    /// <exception cref="ArgumentException">There is none, or one that is not of the width, not finite, or zero.</exception>
    public static Half[] Halves(PictureRecord record, int dimension)
    {
        if (record.Vector is not { } vector || vector.Length != dimension)
        {
            var found = record.Vector is { } other ? $"{other.Length} numbers" : "no vector";
            throw new ArgumentException($"{record.Name} has {found}, the index {dimension}.", nameof(record));
        }

        var halves = new Half[dimension];
        TensorPrimitives.ConvertToHalf(Unit(vector.Span).Row(0), halves);
        return halves;
    }

    /// <summary>What is searched for as a vector, [1, E].</summary>
    /// <exception cref="ArgumentException">It is of no kind that can be searched for.</exception>
    /// <exception cref="InvalidOperationException">A text or picture, and there is no model.</exception>
    public static async Task<Embeddings> QueryAsync<TInput>(TInput value, Clip? clip, CancellationToken cancel) => value switch
    {
        ReadOnlyMemory<float> numbers => Unit(numbers.Span),
        float[] numbers => Unit(numbers),
        Embedding<float> embedding => Unit(embedding.Vector.Span),
        string text => await Model(clip).EncodeTextsAsync([text], cancel).ConfigureAwait(false),
        DataContent picture => await Model(clip).EncodeImagesAsync([picture.Data], cancel).ConfigureAwait(false),
        _ => throw new ArgumentException($"A {typeof(TInput).Name} cannot be searched for.", nameof(value)),
    };

    /// <summary>Refuses a query of another width.</summary>
    public static void RequireWidth(Embeddings query, int dimension)
    {
        if (query.Dimension != dimension)
        {
            throw new ArgumentException($"The query has {query.Dimension} numbers, the index {dimension}.", nameof(query));
        }
    }

    private static Clip Model(Clip? clip) =>
        clip ?? throw new InvalidOperationException("To search for texts and pictures the collection needs a Clip.");

    private static Embeddings Unit(ReadOnlySpan<float> numbers)
    {
        var norm = TensorPrimitives.Norm(numbers);
        if (!float.IsFinite(norm) || norm == 0)
        {
            throw new ArgumentException("A vector is zero, or not finite.", nameof(numbers));
        }

        var unit = new float[numbers.Length];
        TensorPrimitives.Divide(numbers, norm, unit);
        return new Embeddings(unit, unit.Length);
    }
}
