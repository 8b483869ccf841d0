using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace ClipSharp.Weights.PyTorch;

/// <summary>Reads a pickle as data. Python's pickles are programs for a stack machine that may call anything; this one knows the
/// opcodes and names of tensor checkpoints only, refuses every other at its place, and can build nothing but tensors, numbers,
/// strings, lists, dictionaries and objects without behaviour. Its stack, memo and work are bounded.</summary>
internal sealed class PickleReader
{
    private const int MaxOpcodes = 1_000_000;
    private const int MaxRank = 64;

    private readonly PickleInput _input;
    private readonly PickleStack _stack;
    private readonly bool _isTorchScript;
    private readonly StorageFinder? _storage;

    /// <param name="bytes">Begins with the pickle.</param>
    /// <param name="where">The file, and the record in it, for messages.</param>
    /// <param name="start">What byte of it the first one is, for messages.</param>
    /// <param name="isTorchScript">Whether classes of the archive's own code are expected.</param>
    /// <param name="storage">Finds the storage of a persistent id, or throws by the function it is given.</param>
    public PickleReader(ReadOnlyMemory<byte> bytes, string where, long start, bool isTorchScript, StorageFinder? storage)
    {
        _input = new PickleInput(bytes, where, start);
        _stack = new PickleStack(_input);
        (_isTorchScript, _storage) = (isTorchScript, storage);
    }

    /// <summary>Gives the storage that a persistent id names.</summary>
    /// <param name="id">The id's items.</param>
    /// <param name="bad">Makes the refusal, from what was wrong, found and expected.</param>
    internal delegate TorchStorage StorageFinder(object?[] id, Func<string, string, string, ClipException> bad);

    /// <summary>Bytes read so far.</summary>
    public int Position => _input.Position;

    /// <summary>Reads one pickle.</summary>
    /// <exception cref="ClipException">It asks for what is not data, breaks a rule or passes a limit.</exception>
    public object? Read()
    {
        for (var step = 0; ; step++)
        {
            _input.BeginOpcode();
            if (step == MaxOpcodes)
            {
                throw _input.Bad("The pickle is too long", $"more than {step} opcodes", $"at most {MaxOpcodes}");
            }

            var opcode = _input.Take(1)[0];
            if ((step == 0) != (opcode == (byte)PickleOpcode.Proto))
            {
                throw _input.Bad("The pickle does not begin as one", $"opcode 0x{opcode:x2}", "PROTO first, and once");
            }

            if (opcode == (byte)PickleOpcode.Stop)
            {
                return _stack.TakeResult();
            }

            Run(opcode);
        }
    }

    private void Run(byte opcode)
    {
        switch ((PickleOpcode)opcode)
        {
            case PickleOpcode.Proto:
                var version = _input.Take(1)[0];
                if (version is < 2 or > 4)
                {
                    throw _input.Bad("The pickle's protocol is not read", $"{version}", "2 to 4");
                }

                break;
            case PickleOpcode.Frame: // a hint for readers of streams
                if (BinaryPrimitives.ReadUInt64LittleEndian(_input.Take(8)) > (ulong)_input.Left)
                {
                    throw _input.Bad("The pickle is cut", "a frame longer than the rest", $"at most {_input.Left} bytes");
                }

                break;
            case PickleOpcode.Mark:
                _stack.Mark();
                break;
            case PickleOpcode.None:
                _stack.Push(null);
                break;
            case PickleOpcode.NewTrue:
                _stack.Push(true);
                break;
            case PickleOpcode.NewFalse:
                _stack.Push(false);
                break;
            case PickleOpcode.BinInt:
                _stack.Push((long)BinaryPrimitives.ReadInt32LittleEndian(_input.Take(4)));
                break;
            case PickleOpcode.BinInt1:
                _stack.Push((long)_input.Take(1)[0]);
                break;
            case PickleOpcode.BinInt2:
                _stack.Push((long)BinaryPrimitives.ReadUInt16LittleEndian(_input.Take(2)));
                break;
            case PickleOpcode.Long1:
                var number = new BigInteger(_input.Take(_input.Take(1)[0]));
                _stack.Push(number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number);
                break;
            case PickleOpcode.BinFloat:
                _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(_input.Take(8)));
                break;
            case PickleOpcode.ShortBinString: // Python 2's bytes
                _stack.Push(Encoding.Latin1.GetString(_input.Take(_input.Take(1)[0])));
                break;
            case PickleOpcode.BinUnicode:
                _stack.Push(_input.Text(BinaryPrimitives.ReadUInt32LittleEndian(_input.Take(4))));
                break;
            case PickleOpcode.ShortBinUnicode:
                _stack.Push(_input.Text(_input.Take(1)[0]));
                break;
            case PickleOpcode.Global:
                _stack.Push(Global(_input.Line(), _input.Line()));
                break;
            case PickleOpcode.StackGlobal:
                var (name, module) = (_stack.Pop(), _stack.Pop());
                _stack.Push(name is string n && module is string m
                    ? Global(m, n)
                    : throw _input.Bad("The pickle names something by what is no name", Kind(name), "two strings"));
                break;
            case PickleOpcode.BinPersId:
                _stack.Push(Storage(_stack.Pop()));
                break;
            case PickleOpcode.EmptyTuple:
                _stack.Push(new PickleTuple([]));
                break;
            case PickleOpcode.Tuple1:
                _stack.Push(new PickleTuple(_stack.PopLast(1)));
                break;
            case PickleOpcode.Tuple2:
                _stack.Push(new PickleTuple(_stack.PopLast(2)));
                break;
            case PickleOpcode.Tuple3:
                _stack.Push(new PickleTuple(_stack.PopLast(3)));
                break;
            case PickleOpcode.Tuple:
                _stack.Push(new PickleTuple(_stack.PopToMark()));
                break;
            case PickleOpcode.EmptyList:
                _stack.Push(new PickleList([]));
                break;
            case PickleOpcode.EmptyDict:
                _stack.Push(new PickleDictionary(isOrdered: false));
                break;
            case PickleOpcode.EmptySet:
                _stack.Push(new PickleSet());
                break;
            case PickleOpcode.Append:
                Append(_stack.PopLast(1));
                break;
            case PickleOpcode.Appends:
                Append(_stack.PopToMark());
                break;
            case PickleOpcode.SetItem:
                SetItems(_stack.PopLast(2));
                break;
            case PickleOpcode.SetItems:
                SetItems(_stack.PopToMark());
                break;
            case PickleOpcode.BinPut:
                _stack.Keep(_input.Take(1)[0]);
                break;
            case PickleOpcode.LongBinPut:
                _stack.Keep(BinaryPrimitives.ReadUInt32LittleEndian(_input.Take(4)));
                break;
            case PickleOpcode.Memoize:
                _stack.KeepNext();
                break;
            case PickleOpcode.BinGet:
                _stack.Push(_stack.Recall(_input.Take(1)[0]));
                break;
            case PickleOpcode.LongBinGet:
                _stack.Push(_stack.Recall(BinaryPrimitives.ReadUInt32LittleEndian(_input.Take(4))));
                break;
            case PickleOpcode.Reduce:
                var (arguments, function) = (_stack.Pop(), _stack.Pop());
                _stack.Push(Reduce(function, arguments));
                break;
            case PickleOpcode.NewObj:
                var (given, type) = (_stack.Pop(), _stack.Pop());
                _stack.Push(NewObject(type, given));
                break;
            case PickleOpcode.Build:
                var state = _stack.Pop();
                Build(_stack.Peek(), state);
                break;
            default:
                throw _input.Refused($"opcode {RefusedOpcodes.Name(opcode)}");
        }
    }

    private PickleGlobal Global(string module, string name) =>
        PickleGlobals.Find(module, name, _isTorchScript) ?? throw _input.Refused($"{module}.{name}");

    private TorchStorage Storage(object? id) => id is PickleTuple { Items: var items } && _storage is not null
        ? _storage(items, _input.Bad)
        : throw _input.Refused($"{Kind(id)} as a persistent id");

    private object? Reduce(object? function, object? arguments)
    {
        if (function is not PickleGlobal global || arguments is not PickleTuple { Items: var items })
        {
            throw _input.Refused($"a call of {Kind(function)} with {Kind(arguments)}");
        }

        switch (global.Kind)
        {
            case PickleGlobalKind.OrderedDictionary when items.Length == 0:
                return new PickleDictionary(isOrdered: true);
            case PickleGlobalKind.Tensor when items is [TorchStorage source, long offset, PickleTuple shape, PickleTuple strides,
                ..]:
                return Tensor(source, offset, Integers(shape), Integers(strides));
            case PickleGlobalKind.Parameter when items is [TorchTensor tensor, ..]:
                return tensor;
            case PickleGlobalKind.First when items is [PickleTuple or PickleList or PickleDictionary, ..]:
                return items[0];
            case PickleGlobalKind.Inert:
                return new PickleObject(global);
            default:
                throw _input.Refused($"a call of {global.Name} with {items.Length} arguments: {string.Join(", ", items.Take(4).Select(Kind))}");
        }
    }

    private PickleObject NewObject(object? type, object? arguments) =>
        type is PickleGlobal { Kind: PickleGlobalKind.Inert or PickleGlobalKind.Module } global && arguments is PickleTuple
            ? new PickleObject(global)
            : throw _input.Refused($"a new object of {Kind(type)}");

    private void Build(object? target, object? state)
    {
        if (target is PickleObject { State: null } instance)
        {
            instance.State = state;
        }
        else if (target is not PickleDictionary { IsOrdered: true }) // whose attributes, such as _metadata, are no tensors
        {
            throw _input.Refused($"BUILD on {Kind(target)}");
        }
    }

    private void Append(object?[] items)
    {
        if (_stack.Peek() is not PickleList list)
        {
            throw _input.Refused($"APPEND on {Kind(_stack.Peek())}");
        }

        list.Items.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (_stack.Peek() is not PickleDictionary dictionary || items.Length % 2 != 0)
        {
            throw _input.Refused($"SETITEM on {Kind(_stack.Peek())}");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            if (items[i] is not (string or long))
            {
                throw _input.Refused($"{Kind(items[i])} as a key");
            }

            if (!dictionary.Items.TryAdd(items[i]!, items[i + 1]))
            {
                throw _input.Bad("The pickle sets a key twice", $"{items[i]}", "each key once");
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
            : throw _input.Bad("A tensor reaches out of its storage",
                $"{Shapes.Text(shape)} by {Shapes.Text(strides)} from {offset}",
                $"a view of {source.Count} numbers");
    }

    private long[] Integers(PickleTuple tuple) =>
        tuple.Items.Length <= MaxRank && tuple.Items.All(item => item is long and >= 0)
            ? Array.ConvertAll(tuple.Items, item => (long)item!)
            : throw _input.Bad("A tensor's shape is wrong", "something else or too many numbers",
                $"at most {MaxRank} integers from 0");

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
}
