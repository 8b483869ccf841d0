using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace ClipSharp.Weights.PyTorch;

/// <summary>Writes the pickle of a state dict, protocol 2: an ordered dictionary of <c>_rebuild_tensor_v2</c>, the n-th tensor on
/// the n-th storage. Nothing is memoised: no value stands twice that is worth it.</summary>
internal sealed class StateDictPickle
{
    private readonly List<byte> _bytes = [];

    private StateDictPickle()
    {
    }

    public static ReadOnlySpan<byte> Of(IReadOnlyList<NamedTensor> tensors)
    {
        var pickle = new StateDictPickle();
        pickle.Op(PickleOpcode.Proto, 2);
        pickle.OrderedDictionary();
        pickle.Op(PickleOpcode.Mark);
        for (var i = 0; i < tensors.Count; i++)
        {
            pickle.Text(tensors[i].Name);
            pickle.Tensor(tensors[i], i);
        }

        pickle.Op(PickleOpcode.SetItems);
        pickle.Op(PickleOpcode.Stop);
        return CollectionsMarshal.AsSpan(pickle._bytes);
    }

    private void Tensor(NamedTensor tensor, int key)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        Op(PickleOpcode.Mark);
        Op(PickleOpcode.Mark);
        Text("storage");
        Global("torch", PickleGlobals.StorageOf(tensor.Type)!);
        Text($"{key}");
        Text("cpu");
        Integer(tensor.ByteLength / tensor.Type.Size());
        Op(PickleOpcode.Tuple);
        Op(PickleOpcode.BinPersId);
        Integer(0);
        Integers(tensor.Shape);
        Integers(RowMajorStrides(tensor.Shape));
        Op(PickleOpcode.NewFalse); // requires_grad
        OrderedDictionary(); // hooks
        Op(PickleOpcode.Tuple);
        Op(PickleOpcode.Reduce);
    }

    // As torch gives them: sizes of zero count as one.
    private static long[] RowMajorStrides(long[] shape)
    {
        var strides = new long[shape.Length];
        var stride = 1L;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= Math.Max(shape[axis], 1);
        }

        return strides;
    }

    private void OrderedDictionary()
    {
        Global("collections", "OrderedDict");
        Op(PickleOpcode.EmptyTuple);
        Op(PickleOpcode.Reduce);
    }

    private void Op(PickleOpcode opcode, params ReadOnlySpan<byte> operand)
    {
        _bytes.Add((byte)opcode);
        _bytes.AddRange(operand);
    }

    private void Global(string module, string name) => Op(PickleOpcode.Global, Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    private void Text(string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        Op(PickleOpcode.BinUnicode, [.. length, .. content]);
    }

    private void Integers(long[] values)
    {
        Op(PickleOpcode.Mark);
        foreach (var value in values)
        {
            Integer(value);
        }

        Op(PickleOpcode.Tuple);
    }

    private void Integer(long value)
    {
        if (value is >= 0 and <= byte.MaxValue)
        {
            Op(PickleOpcode.BinInt1, (byte)value);
        }
        else if (value is >= 0 and <= int.MaxValue)
        {
            var bytes = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)value);
            Op(PickleOpcode.BinInt, bytes);
        }
        else
        {
            var bytes = new BigInteger(value).ToByteArray();
            Op(PickleOpcode.Long1, [(byte)bytes.Length, .. bytes]);
        }
    }
}
