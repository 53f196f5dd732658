import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { MessageView } from '../messages/message.view.js';
import { ReceiveMessage, ReportReceipt } from './api-channel.dto.js';
import { ApiChannelService } from './api-channel.service.js';

const refuses = {
  409: 'It is not of the platform api (not_an_api_channel), or disconnected (integration_disconnected)',
};

@ApiTags('integrations')
@Controller('integrations')
export class ApiChannelController {
  constructor(private readonly channel: ApiChannelService) {}

  @Post(':id/inbound')
  @Endpoint({
    does: "Take in what a customer wrote on a partner's own channel",
    needs: 'messages:write',
    returns: MessageView,
    refuses,
  })
  receive(@Param('id', RowId) id: string, @Body() body: ReceiveMessage) {
    return this.channel.receive(id, body);
  }

  @Post(':id/receipts')
  @Endpoint({
    does: "Note what became of a message on a partner's own channel",
    needs: 'messages:write',
    returns: MessageView,
    refuses,
  })
  report(@Param('id', RowId) id: string, @Body() body: ReportReceipt) {
    return this.channel.report(id, body);
  }
}
