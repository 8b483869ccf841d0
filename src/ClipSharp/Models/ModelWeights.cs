using System.Buffers;
using System.Runtime.InteropServices;
using ClipSharp.Models.Layouts;
using ClipSharp.Weights;

namespace ClipSharp.Models;

/// <summary>The open weights of a model under our names and in our shapes, whatever the files call and cut them. Nothing of a
/// tensor is read before it is asked for.</summary>
public sealed class ModelWeights : IDisposable
{
    private readonly StoredWeights _stored;

    internal ModelWeights(StoredWeights stored, KeyTable table, ModelConfig source, ModelConfig config)
    {
        _stored = stored;
        Tensors = StateDictShapes.Of(source).Select(entry => Whole(entry, table)).Select(tensor => Fitted(tensor, source, config))
            .ToDictionary(tensor => tensor.Name);
    }

    /// <summary>The tensors of <see cref="StateDictShapes"/>, in its order, in the number formats of the files.</summary>
    public IReadOnlyDictionary<string, NamedTensor> Tensors { get; }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _stored.Dispose();

    private NamedTensor Whole(StateDictEntry entry, KeyTable table)
    {
        NamedTensor[] parts = [.. table.PartsOf(entry.Name).Select(part => Rows(_stored.Tensors[part.Name], part.Rows))];
        var isTransposed = table.PartsOf(entry.Name)[0].IsTransposed;
        if (parts.FirstOrDefault(part => part.Type != parts[0].Type) is { } other)
        {
            throw new ClipException(ClipError.Data, "Parts of one tensor have several number formats", other.Name,
                other.Type.Name(),
                $"{parts[0].Type.Name()} as {parts[0].Name}", "Convert the weights to one format.");
        }

        return parts switch
        {
            [var same] when !isTransposed => new NamedTensor(entry.Name, same.Type, entry.Shape, same.Bytes, same.CopyTo),
            [var turned] => Made(entry, turned.Type, target => Turn(turned, target)),
            _ => Made(entry, parts[0].Type, target => Join(parts, target)),
        };
    }

    private static NamedTensor Rows(NamedTensor stored, Range? rows)
    {
        if (rows is not { } kept)
        {
            return stored;
        }

        var all = (int)stored.Shape[0];
        var (first, end) = (Math.Min(kept.Start.GetOffset(all), all), Math.Min(kept.End.GetOffset(all), all)); // as Python cuts
        var (count, row) = (end - first, (int)(stored.ByteLength / all));
        return new NamedTensor(stored.Name, stored.Type, [count, .. stored.Shape[1..]],
            () => stored.Bytes().Slice(first * row, count * row));
    }

    private static NamedTensor Made(StateDictEntry entry, TensorType type, Action<Span<byte>> fill) =>
        new(entry.Name, type, entry.Shape, () =>
        {
            var bytes = new byte[Shapes.ByteLength(type, entry.Shape)];
            fill(bytes);
            return bytes;
        }, fill);

    private static void Turn(NamedTensor turned, Span<byte> target)
    {
        var rented = ArrayPool<byte>.Shared.Rent(target.Length);
        var source = rented.AsSpan(0, target.Length);
        turned.CopyTo(source);
        Transposition.Turn(source, target, (int)turned.Shape[0], (int)turned.Shape[1], turned.Type.Size());
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void Join(NamedTensor[] parts, Span<byte> target)
    {
        foreach (var part in parts)
        {
            part.CopyTo(target[..(int)part.ByteLength]);
            target = target[(int)part.ByteLength..];
        }
    }

    private static NamedTensor Fitted(NamedTensor tensor, ModelConfig source, ModelConfig config) => tensor.Name switch
    {
        "visual.positional_embedding" when source.Vision.Grid != config.Vision.Grid => Resized(tensor,
            config.Vision.Grid.Area + (source.Vision.HasClassToken ? 1 : 0),
            () => PositionEmbeddings.OfGrid(tensor.ReadFloats(), source.Vision.HasClassToken ? 1 : 0, source.Vision.Grid,
                config.Vision.Grid, source.Vision.Width)),
        "positional_embedding" when source.Text.ContextLength != config.Text.ContextLength =>
            Resized(tensor, config.Text.Rows,
            () => PositionEmbeddings.OfText(tensor.ReadFloats(), source.Text.Rows, config.Text.Rows, source.Text.Width)),
        _ => tensor,
    };

    private static NamedTensor Resized(NamedTensor tensor, long rows, Func<float[]> values) =>
        new(tensor.Name, TensorType.F32, [rows, tensor.Shape[1]], () => MemoryMarshal.AsBytes<float>(values()).ToArray());
}
