using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace ClipSharp.Weights.PyTorch;

/// <summary>Reads a pickle as data. Python's pickles are programs for a stack machine that may call anything; this one knows the
/// opcodes and names of tensor checkpoints only, refuses every other at its place, and can build nothing but tensors, numbers,
/// strings, lists, dictionaries and objects without behaviour. Its stack, memo and work are bounded.</summary>
/// <param name="bytes">Begins with the pickle.</param>
/// <param name="where">The file, and the record in it, for messages.</param>
/// <param name="start">What byte of it the first one is, for messages.</param>
/// <param name="isTorchScript">Whether classes of the archive's own code are expected.</param>
/// <param name="storage">Finds the storage of a persistent id, or throws by the function it is given.</param>
internal sealed class PickleReader(
    ReadOnlyMemory<byte> bytes, string where, long start, bool isTorchScript, PickleReader.StorageFinder? storage)
{
    private const int MaxOpcodes = 1_000_000;
    private const int MaxStringLength = 1 << 20;
    private const int MaxNameLength = 512;
    private const int MaxRank = 64;

    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<uint, object?> _memo = [];
    private int _at;
    private int _opcode;

    /// <summary>Gives the storage that a persistent id names.</summary>
    /// <param name="id">The id's items.</param>
    /// <param name="bad">Makes the refusal, from what was wrong, found and expected.</param>
    internal delegate TorchStorage StorageFinder(object?[] id, Func<string, string, string, ClipException> bad);

    /// <summary>Bytes read so far.</summary>
    public int Position => _at;

    /// <summary>Reads one pickle.</summary>
    /// <exception cref="ClipException">It asks for what is not data, breaks a rule or passes a limit.</exception>
    public object? Read()
    {
        for (var step = 0; ; step++)
        {
            _opcode = _at;
            if (step == MaxOpcodes)
            {
                throw Bad("The pickle is too long", $"more than {step} opcodes", $"at most {MaxOpcodes}");
            }

            var opcode = Take(1)[0];
            if ((step == 0) != (opcode == (byte)PickleOpcode.Proto))
            {
                throw Bad("The pickle does not begin as one", $"opcode 0x{opcode:x2}", "PROTO first, and once");
            }

            if (opcode == (byte)PickleOpcode.Stop)
            {
                return _stack.Count == 1 && _marks.Count == 0
                    ? _stack[0]
                    : throw Bad("The pickle ends with an unfit stack", $"{_stack.Count} values and {_marks.Count} marks", "one value");
            }

            Run(opcode);
        }
    }

    private void Run(byte opcode)
    {
        switch ((PickleOpcode)opcode)
        {
            case PickleOpcode.Proto:
                var version = Take(1)[0];
                if (version is < 2 or > 4)
                {
                    throw Bad("The pickle's protocol is not read", $"{version}", "2 to 4");
                }

                break;
            case PickleOpcode.Frame: // a hint for readers of streams
                if (BinaryPrimitives.ReadUInt64LittleEndian(Take(8)) > (ulong)(bytes.Length - _at))
                {
                    throw Bad("The pickle is cut", "a frame longer than the rest", $"at most {bytes.Length - _at} bytes");
                }

                break;
            case PickleOpcode.Mark:
                _marks.Push(_stack.Count);
                break;
            case PickleOpcode.None:
                Push(null);
                break;
            case PickleOpcode.NewTrue:
                Push(true);
                break;
            case PickleOpcode.NewFalse:
                Push(false);
                break;
            case PickleOpcode.BinInt:
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case PickleOpcode.BinInt1:
                Push((long)Take(1)[0]);
                break;
            case PickleOpcode.BinInt2:
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case PickleOpcode.Long1:
                var number = new BigInteger(Take(Take(1)[0]));
                Push(number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number);
                break;
            case PickleOpcode.BinFloat:
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case PickleOpcode.ShortBinString: // Python 2's bytes
                Push(Encoding.Latin1.GetString(Take(Take(1)[0])));
                break;
            case PickleOpcode.BinUnicode:
                Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case PickleOpcode.ShortBinUnicode:
                Push(Text(Take(1)[0]));
                break;
            case PickleOpcode.Global:
                Push(Global(Line(), Line()));
                break;
            case PickleOpcode.StackGlobal:
                var (name, module) = (Pop(), Pop());
                Push(name is string n && module is string m
                    ? Global(m, n)
                    : throw Bad("The pickle names something by what is no name", Kind(name), "two strings"));
                break;
            case PickleOpcode.BinPersId:
                Push(Storage(Pop()));
                break;
            case PickleOpcode.EmptyTuple:
                Push(new PickleTuple([]));
                break;
            case PickleOpcode.Tuple1:
                Push(new PickleTuple(PopLast(1)));
                break;
            case PickleOpcode.Tuple2:
                Push(new PickleTuple(PopLast(2)));
                break;
            case PickleOpcode.Tuple3:
                Push(new PickleTuple(PopLast(3)));
                break;
            case PickleOpcode.Tuple:
                Push(new PickleTuple(PopToMark()));
                break;
            case PickleOpcode.EmptyList:
                Push(new PickleList([]));
                break;
            case PickleOpcode.EmptyDict:
                Push(new PickleDictionary(isOrdered: false));
                break;
            case PickleOpcode.EmptySet:
                Push(new PickleSet());
                break;
            case PickleOpcode.Append:
                Append(PopLast(1));
                break;
            case PickleOpcode.Appends:
                Append(PopToMark());
                break;
            case PickleOpcode.SetItem:
                SetItems(PopLast(2));
                break;
            case PickleOpcode.SetItems:
                SetItems(PopToMark());
                break;
            case PickleOpcode.BinPut:
                _memo[Take(1)[0]] = Peek();
                break;
            case PickleOpcode.LongBinPut:
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek();
                break;
            case PickleOpcode.Memoize:
                _memo[(uint)_memo.Count] = Peek();
                break;
            case PickleOpcode.BinGet:
                Push(Recall(Take(1)[0]));
                break;
            case PickleOpcode.LongBinGet:
                Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case PickleOpcode.Reduce:
                var (arguments, function) = (Pop(), Pop());
                Push(Reduce(function, arguments));
                break;
            case PickleOpcode.NewObj:
                var (given, type) = (Pop(), Pop());
                Push(NewObject(type, given));
                break;
            case PickleOpcode.Build:
                var state = Pop();
                Build(Peek(), state);
                break;
            default:
                throw Refused($"opcode {RefusedOpcodes.Name(opcode)}");
        }
    }

    private PickleGlobal Global(string module, string name) =>
        PickleGlobals.Find(module, name, isTorchScript) ?? throw Refused($"{module}.{name}");

    private TorchStorage Storage(object? id) => id is PickleTuple { Items: var items } && storage is not null
        ? storage(items, Bad)
        : throw Refused($"{Kind(id)} as a persistent id");

    private object? Reduce(object? function, object? arguments)
    {
        if (function is not PickleGlobal global || arguments is not PickleTuple { Items: var items })
        {
            throw Refused($"a call of {Kind(function)} with {Kind(arguments)}");
        }

        switch (global.Kind)
        {
            case PickleGlobalKind.OrderedDictionary when items.Length == 0:
                return new PickleDictionary(isOrdered: true);
            case PickleGlobalKind.Tensor when items is [TorchStorage source, long offset, PickleTuple shape, PickleTuple strides, ..]:
                return Tensor(source, offset, Integers(shape), Integers(strides));
            case PickleGlobalKind.Parameter when items is [TorchTensor tensor, ..]:
                return tensor;
            case PickleGlobalKind.First when items is [PickleTuple or PickleList or PickleDictionary, ..]:
                return items[0];
            case PickleGlobalKind.Inert:
                return new PickleObject(global);
            default:
                throw Refused($"a call of {global.Name} with {items.Length} arguments: {string.Join(", ", items.Take(4).Select(Kind))}");
        }
    }

    private PickleObject NewObject(object? type, object? arguments) =>
        type is PickleGlobal { Kind: PickleGlobalKind.Inert or PickleGlobalKind.Module } global && arguments is PickleTuple
            ? new PickleObject(global)
            : throw Refused($"a new object of {Kind(type)}");

    private void Build(object? target, object? state)
    {
        if (target is PickleObject { State: null } instance)
        {
            instance.State = state;
        }
        else if (target is not PickleDictionary { IsOrdered: true }) // whose attributes, such as _metadata, are no tensors
        {
            throw Refused($"BUILD on {Kind(target)}");
        }
    }

    private void Append(object?[] items)
    {
        if (Peek() is not PickleList list)
        {
            throw Refused($"APPEND on {Kind(Peek())}");
        }

        list.Items.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (Peek() is not PickleDictionary dictionary || items.Length % 2 != 0)
        {
            throw Refused($"SETITEM on {Kind(Peek())}");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string or long))
            {
                throw Refused($"{Kind(items[i])} as a key");
            }

            if (!dictionary.Items.TryAdd(items[i]!, items[i + 1]))
            {
                throw Bad("The pickle sets a key twice", $"{items[i]}", "each key once");
            }
        }
    }

    // The view must lie in its storage; a product that does not fit 63 bits is refused on the way.
    private TorchTensor Tensor(TorchStorage source, long offset, long[] shape, long[] strides)
    {
        var tensor = new TorchTensor(source, offset, shape, strides);
        var last = offset;
        try
        {
            _ = tensor.ByteLength;
            for (var axis = 0; axis < Math.Min(shape.Length, strides.Length) && !shape.Contains(0); axis++)
            {
                last = checked(last + ((shape[axis] - 1) * strides[axis]));
            }
        }
        catch (OverflowException)
        {
            last = long.MaxValue;
        }

        var fits = shape.Contains(0) ? offset <= source.Count : last < source.Count;
        return fits && offset >= 0 && shape.Length == strides.Length
            ? tensor
            : throw Bad("A tensor reaches out of its storage", $"{Shapes.Text(shape)} by {Shapes.Text(strides)} from {offset}",
                $"a view of {source.Count} numbers");
    }

    private long[] Integers(PickleTuple tuple) =>
        tuple.Items.Length <= MaxRank && tuple.Items.All(item => item is long and >= 0)
            ? Array.ConvertAll(tuple.Items, item => (long)item!)
            : throw Bad("A tensor's shape is wrong", "something else or too many numbers", $"at most {MaxRank} integers from 0");

    private string Text(long length)
    {
        if (length > MaxStringLength)
        {
            throw Bad("A string is too long", $"{length} bytes", $"at most {MaxStringLength}");
        }

        var text = Take((int)length);
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : throw Bad("A string is no UTF-8", "bytes that are none", "UTF-8");
    }

    private string Line()
    {
        var rest = bytes.Span[_at..];
        var length = rest[..Math.Min(rest.Length, MaxNameLength + 1)].IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Bad("A name is cut or too long", "no line end", $"one after at most {MaxNameLength} bytes");
        }

        var text = Text(length);
        _at++;
        return text;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - _at)
        {
            throw Bad("The pickle is cut", $"{bytes.Length - _at} bytes", $"{count} more");
        }

        _at += count;
        return bytes.Span.Slice(_at - count, count);
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object? Peek()
    {
        CheckDepth(1);
        return _stack[^1];
    }

    private object?[] PopLast(int count)
    {
        CheckDepth(count);
        return PopFrom(_stack.Count - count);
    }

    private object?[] PopToMark() => _marks.TryPop(out var mark)
        ? PopFrom(mark)
        : throw Bad("The pickle takes what is not on its stack", "no mark", "one");

    private object?[] PopFrom(int from)
    {
        var values = new object?[_stack.Count - from];
        _stack.CopyTo(from, values, 0, values.Length);
        _stack.RemoveRange(from, values.Length);
        return values;
    }

    // What lies below the last mark belongs to others.
    private void CheckDepth(int count)
    {
        var there = _stack.Count - (_marks.TryPeek(out var mark) ? mark : 0);
        if (there < count)
        {
            throw Bad("The pickle takes what is not on its stack", $"{there} values", $"{count}");
        }
    }

    private object? Recall(uint index) => _memo.TryGetValue(index, out var value)
        ? value
        : throw Bad("The pickle recalls what it has not kept", $"memo {index}", $"one of {_memo.Count} kept");

    private static string Kind(object? value) => value switch
    {
        null => "None",
        bool => "a truth value",
        long or BigInteger => "an integer",
        double => "a float",
        string => "a string",
        PickleTuple => "a tuple",
        PickleList => "a list",
        PickleSet => "a set",
        PickleDictionary => "a dictionary",
        TorchStorage => "a storage",
        TorchTensor => "a tensor",
        PickleGlobal global => global.Name,
        PickleObject instance => $"an object of {instance.Global.Name}",
        _ => "something else",
    };

    private ClipException Refused(string found) => new(ClipError.Data, "The pickle asks for what is not data, and nothing of it was run", Place,
        found, "tensors, numbers, strings, lists and dictionaries", "Ask its author for a safetensors file.");

    private ClipException Bad(string what, string found, string expected) =>
        new(ClipError.Data, what, Place, found, expected, "Fetch or write the file again.");

    private string Place => $"{where}, byte {start + _opcode}";
}
