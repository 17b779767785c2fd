package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// saturate calls a server over gRPC for so long, over as many connections as saturate it, each with one call under
// way, and returns how many were answered. Its calls are encoded beforehand and its answers not decoded but for
// their status: ghz, which does all that for each, answers no more than a server of Go's can.
func saturate(port int, users []string, length time.Duration) (answered int, err error) {
	messages, err := encodeCalls(users)
	if err != nil {
		return 0, err
	}
	var group errgroup.Group
	counts := make([]int, saturating)
	end := time.Now().Add(length)
	for i := range saturating {
		group.Go(func() error {
			c, err := newCaller(port)
			if err != nil {
				return err
			}
			for time.Now().Before(end) && err == nil {
				if err = c.call(messages[(counts[i]*saturating+i)%len(messages)]); err == nil {
					counts[i]++
				}
			}
			return errors.Join(err, c.net.Close())
		})
	}
	err = group.Wait()
	for _, count := range counts {
		answered += count
	}
	return answered, err
}

// encodeCalls returns a message, with its prefix, for each shopper.
func encodeCalls(users []string) ([][]byte, error) {
	messages := make([][]byte, len(users))
	for i, user := range users {
		message, err := proto.Marshal(&inference.ModelInferRequest{
			ModelName: "recommender",
			Inputs: []*inference.ModelInferRequest_InferInputTensor{{
				Name: "user_id", Datatype: "BYTES", Shape: []int64{1}, Contents: &inference.InferTensorContents{BytesContents: [][]byte{[]byte(user)}},
			}},
		})
		if err != nil {
			return nil, fmt.Errorf("encode a call: %w", err)
		}
		messages[i] = append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
	}
	return messages, nil
}

// A caller is a connection with one call under way.
type caller struct {
	net    net.Conn
	said   bytes.Buffer // and not sent
	framer *http2.Framer
	fields *hpack.Encoder
	block  bytes.Buffer // of fields
	next   uint32       // stream
}

// widest is how many bytes a server may answer in all before it is told that it may go on, which it isn't.
const widest = 1<<31 - 1<<16

func newCaller(port int) (*caller, error) {
	connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	c := &caller{net: connection, next: 1}
	c.framer = http2.NewFramer(&c.said, bufio.NewReader(connection))
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.framer.SetReuseFrames()
	c.fields = hpack.NewEncoder(&c.block)
	c.said.WriteString(http2.ClientPreface)
	return c, errors.Join(c.framer.WriteSettings(), c.framer.WriteWindowUpdate(0, widest))
}

// call calls with a message and waits for the answer. Error: also if the call's status isn't OK.
func (c *caller) call(message []byte) error {
	c.block.Reset()
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: "http"},
		{Name: ":path", Value: inference.GRPCInferenceService_ModelInfer_FullMethodName},
		{Name: ":authority", Value: "127.0.0.1"},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "te", Value: "trailers"},
	} {
		if err := c.fields.WriteField(field); err != nil {
			return fmt.Errorf("encode fields: %w", err)
		}
	}
	err := errors.Join(
		c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: c.next, BlockFragment: c.block.Bytes(), EndHeaders: true}),
		c.framer.WriteData(c.next, true, message))
	if err != nil {
		return fmt.Errorf("encode a call: %w", err)
	}
	if err := c.send(); err != nil {
		return err
	}
	c.next += 2
	for {
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return fmt.Errorf("wait for an answer: %w", err)
		}
		if ended, err := c.heed(frame); ended || err != nil {
			return err
		}
	}
}

// send sends what was said.
func (c *caller) send() error {
	defer c.said.Reset()
	if _, err := c.net.Write(c.said.Bytes()); err != nil {
		return fmt.Errorf("call: %w", err)
	}
	return nil
}

// heed does what a frame asks for, and says whether it ends the answer.
func (c *caller) heed(frame http2.Frame) (ended bool, err error) {
	switch frame := frame.(type) {
	case *http2.MetaHeadersFrame:
		if !frame.StreamEnded() {
			return false, nil
		}
		for _, field := range frame.Fields {
			if field.Name == "grpc-status" && field.Value != "0" {
				return true, fmt.Errorf("a call's status is %s", field.Value)
			}
		}
		return true, nil
	case *http2.SettingsFrame:
		if !frame.IsAck() {
			return false, errors.Join(c.framer.WriteSettingsAck(), c.send())
		}
	case *http2.PingFrame:
		if !frame.IsAck() {
			return false, errors.Join(c.framer.WritePing(true, frame.Data), c.send())
		}
	case *http2.RSTStreamFrame, *http2.GoAwayFrame:
		return true, fmt.Errorf("the server says %v", frame)
	}
	return false, nil
}
